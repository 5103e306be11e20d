import type { ProbeSession } from '../session/probe-session.js';
import { fail, pass, type Finding, type Probe } from './probe.js';

/** A model that does not exist is refused, and understood as that. Says more about us than about it. */
export const errorSurface: Probe = {
  name: 'errorSurface',
  kind: 'information',
  claim: null,
  from: 'standard',
  repeatable: false,

  async attempt(session: ProbeSession): Promise<Finding> {
    const prompt = `Reply with exactly this token and nothing else: ${session.nonce()}`;
    const fault = await session.faultOfUnknownModel('unknown model', prompt);
    if (!fault) {
      return fail('UNKNOWN_MODEL_ANSWERED', 'A model id that does not exist was answered.');
    }
    if (fault.category === 'CONFIGURATION_ERROR') return pass();
    // Nothing was said about the model.
    if (fault.isPassing) throw fault;
    return fail(
      'MISCLASSIFIED',
      `Understood as ${fault.category}, not CONFIGURATION_ERROR: ${fault.message}`,
    );
  },
};
