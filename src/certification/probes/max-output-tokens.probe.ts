import type { InferenceRequest } from '../../inference/adapter.js';
import type { ProbeSession } from '../session/probe-session.js';
import { limitIn } from './limit-in.js';
import { fail, missing, pass, requests, type Finding, type Probe } from './probe.js';

/** Below this, a model that reasons may have nothing left to say. */
const LEAST_FOR_REASONING = 1_024;
const SMALL_LIMIT = 64;

/**
 * A limit is kept to, the declared one is accepted, and a larger one is not. What the provider does
 * with the larger one is kept as a metric: to accept it breaks no promise.
 */
export const maxOutputTokens: Probe = {
  name: 'maxOutputTokens',
  kind: 'core',
  claim: 'maxOutputTokens',
  from: 'standard',
  repeatable: true,

  estimate: ({ reasoning }) => requests(4, reasoning ? LEAST_FOR_REASONING : 256),

  async attempt(session: ProbeSession): Promise<Finding> {
    const declared = session.capabilities.maxOutputTokens;
    const kept = await keepsToLimit(session);
    if (kept) return kept;
    const whole = await session.sendOrRejection('declared limit', shortTask(session), {
      exactOutputTokens: declared,
    });
    if (whole.rejection) return refusedLimit(whole.rejection.message, declared);
    const beyond = await session.sendOrFault('one token more', shortTask(session), {
      exactOutputTokens: declared + 1,
    });
    const limit = beyond.fault ? limitIn(beyond.fault.message) : null;
    return pass(whole.reply.warnings, {
      observedMaxOutput: limit,
      enforced: beyond.reply ? 0 : limit === declared ? 1 : null,
    });
  },
};

/** A task that never ends is cut where it was said. */
async function keepsToLimit(session: ProbeSession): Promise<Finding | null> {
  const { reasoning, maxOutputTokens: declared } = session.capabilities;
  const limit = Math.min(reasoning ? LEAST_FOR_REASONING : SMALL_LIMIT, declared);
  const content = session.wording(
    `${session.nonce()}: write the whole numbers from 1 to 5000, separated by spaces.`,
    `${session.nonce()}: count up to five thousand in digits, without leaving out any number.`,
  );
  const request: InferenceRequest = { messages: [{ role: 'user', content }] };
  const { answer } = await session.send('small limit', request, { exactOutputTokens: limit });
  const used = answer.usage?.outputTokens ?? null;
  if (used !== null && used > limit) {
    return fail('LIMIT_EXCEEDED', `${used} tokens came, ${limit} were allowed.`);
  }
  if (answer.stopReason === 'length') return null;
  const reason = answer.stopReason ?? 'absent';
  return fail('LIMIT_NOT_REPORTED', `The answer was cut, but its stop reason is ${reason}.`);
}

function refusedLimit(message: string, declared: number): Finding {
  const limit = limitIn(message);
  if (limit === null) return fail('DECLARED_LIMIT_REJECTED', message);
  return limit < declared
    ? missing('LIMIT_BELOW_DECLARED', `The provider allows ${limit} tokens, not ${declared}.`, {
        observedMaxOutput: limit,
      })
    : fail('DECLARED_LIMIT_REJECTED', message, { observedMaxOutput: limit });
}

function shortTask(session: ProbeSession): InferenceRequest {
  return { messages: [{ role: 'user', content: `Repeat this code: ${session.nonce()}` }] };
}
