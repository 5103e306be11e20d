import { InferenceError } from '../../inference/inference-error.js';
import type { CapabilitiesDto } from '../../models/capabilities.dto.js';
import { LEAST_OUTPUT_TOKENS, SPENT_ON_REASONING } from '../session/output-limit.js';
import type { ProbeSession } from '../session/probe-session.js';
import { limitIn } from './limit-in.js';
import { fail, missing, pass, type Finding, type Probe, type ProbeMetrics } from './probe.js';

const SMALL_LIMIT = 32;
/** Less is used up by thinking, and refused by some models that reason. */
const SMALL_REASONING_LIMIT = 1_024;
const PROMPT_TOKENS = 300;

/** A small limit is obeyed, and the declared one is accepted; one token more should not be. */
export const maxOutputTokens: Probe = {
  name: 'maxOutputTokens',
  kind: 'core',
  claim: 'maxOutputTokens',
  from: 'standard',
  repeatable: true,

  async attempt(session: ProbeSession): Promise<Finding> {
    const small = smallLimit(session.capabilities);
    const fault =
      session.capabilities.maxOutputTokens < small ? null : await smallLimitFault(session, small);
    if (fault) return fault;
    const declared = await tryDeclared(session);
    return declared ?? pass([], await tryOneMore(session));
  },

  async control(session: ProbeSession): Promise<void> {
    await session.ask('control: a usual limit', shortTask(session));
  },
};

function smallLimit({ reasoning }: CapabilitiesDto): number {
  return reasoning ? SMALL_REASONING_LIMIT : SMALL_LIMIT;
}

/** The whole window, less the prompt, is the most that can be asked for. */
function largestLimit({ maxOutputTokens: declared, maxContextWindow }: CapabilitiesDto): number {
  return Math.max(LEAST_OUTPUT_TOKENS, Math.min(declared, maxContextWindow - PROMPT_TOKENS));
}

async function smallLimitFault(session: ProbeSession, limit: number): Promise<Finding | null> {
  const prompt = `${session.nonce()} is the title. Write the numbers from one to one thousand in words, separated by commas. Leave none out.`;
  try {
    const { answer } = await session.ask('small limit', prompt, { exactOutputTokens: limit });
    const used = answer.usage?.outputTokens ?? null;
    if (used !== null && used > limit) {
      return fail('LIMIT_EXCEEDED', `${used} output tokens came, the limit was ${limit}.`);
    }
    return answer.stopReason === 'length'
      ? null
      : fail(
          'WRONG_STOP_REASON',
          `Stop reason is ${answer.stopReason ?? 'absent'}, not length, at ${limit} tokens.`,
        );
  } catch (error) {
    // The provider says so itself: thinking met the limit.
    if (error instanceof InferenceError && error.code === SPENT_ON_REASONING) return null;
    throw error;
  }
}

/** Null: the declared limit is accepted. */
async function tryDeclared(session: ProbeSession): Promise<Finding | null> {
  const { maxOutputTokens: declared } = session.capabilities;
  const limit = largestLimit(session.capabilities);
  const { rejection } = await session.sendOrRejection(
    'declared limit',
    { messages: [{ role: 'user', content: shortTask(session) }] },
    { exactOutputTokens: limit },
  );
  if (!rejection) return null;
  const observed = limitIn(rejection.message);
  if (observed === declared && limit > declared) return null;
  if (observed === null || observed >= declared) throw rejection;
  return missing(
    'LIMIT_BELOW_DECLARED',
    `The limit is ${observed} output tokens, not ${declared}: ${rejection.message}`,
    { observedMaxOutput: observed },
  );
}

/** Information only: a limit nobody enforces is no fault, and neither is trouble on the way. */
async function tryOneMore(session: ProbeSession): Promise<ProbeMetrics> {
  const unknown = { observedMaxOutput: null, limitEnforced: null };
  const { maxOutputTokens: declared } = session.capabilities;
  if (largestLimit(session.capabilities) !== declared) return unknown;
  try {
    const { rejection } = await session.sendOrRejection(
      'one token more',
      { messages: [{ role: 'user', content: shortTask(session) }] },
      { exactOutputTokens: declared + 1 },
    );
    return rejection
      ? { observedMaxOutput: limitIn(rejection.message), limitEnforced: 1 }
      : { ...unknown, limitEnforced: 0 };
  } catch (error) {
    if (error instanceof InferenceError && error.category !== 'CANCELLED') return unknown;
    throw error;
  }
}

function shortTask(session: ProbeSession): string {
  return `Reply with exactly this token and nothing else: ${session.nonce()}`;
}
