import { InferenceError } from '../../inference/inference-error.js';
import type { ProbeSession } from '../session/probe-session.js';
import { pass, type Finding, type Probe } from './probe.js';

/**
 * The provider knows the model under this id, and can be asked for it in this way from this region.
 * Free: nothing is invoked. Where nobody can be asked, or nobody says, the gate finds out.
 */
export const identity: Probe = {
  name: 'identity',
  kind: 'information',
  claim: null,
  from: 'smoke',
  repeatable: false,

  async attempt(session: ProbeSession): Promise<Finding> {
    try {
      const standing = await session.standing();
      if (standing === null) return unknown('The provider cannot be asked about its models.');
      const { usable, reason, lifecycle } = standing;
      const message = reason ?? 'Nothing is said of the model.';
      if (usable === null) return unknown(message);
      if (!usable)
        return { verdict: 'INCONCLUSIVE_CONFIG', reason: 'CONFIGURATION_ERROR', message };
      return pass(lifecycle === 'LEGACY' ? ['MODEL_LEGACY'] : []);
    } catch (error) {
      if (!(error instanceof InferenceError) || error.category === 'CANCELLED') throw error;
      return unknown(error.message);
    }
  },
};

function unknown(message: string): Finding {
  return { verdict: 'SKIPPED_DEPENDENCY', message };
}
