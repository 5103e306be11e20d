import type { ErrorCategory } from '../../inference/inference-error.js';
import { isTransient } from '../validation/rating.js';
import type { ProbeSession } from '../session/probe-session.js';
import { fail, pass, requests, type Finding, type Probe } from './probe.js';

/** A model that is not there, or that one may not see: OpenAI does not tell them apart. */
const EXPECTED: readonly ErrorCategory[] = ['CONFIGURATION_ERROR', 'PERMISSION_ERROR'];

/** A model id that cannot exist is refused in words we understand. Says nothing of the model. */
export const errorSurface: Probe = {
  name: 'errorSurface',
  kind: 'information',
  claim: null,
  from: 'standard',
  repeatable: false,

  estimate: () => requests(1),

  async attempt(session: ProbeSession): Promise<Finding> {
    const { fault } = await session.askUnknownModel('unknown model', 'Reply with OK.');
    if (!fault) return fail('UNKNOWN_MODEL_ANSWERED', 'A model id that cannot exist was answered.');
    if (isTransient(fault.category) || fault.category === 'RATE_LIMIT') throw fault;
    return EXPECTED.includes(fault.category)
      ? pass()
      : fail('UNEXPECTED_CATEGORY', `It was taken for ${fault.category}: ${fault.message}`);
  },
};
