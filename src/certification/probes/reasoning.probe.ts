import type { ReasoningEffort } from '../../inference/adapter.js';
import type { ProbeSession, Reply, ReplyOrRejection } from '../session/probe-session.js';
import { showsReasoning } from '../session/thinking.js';
import { fail, pass, type Finding, type Probe } from './probe.js';

const OUTPUT_TOKENS = 4_096;

/**
 * With reasoning switched on, a sum comes out right, and something shows that the model thought. So
 * it does without, where a model that always reasons refuses to be told.
 */
export const reasoning: Probe = {
  name: 'reasoning',
  kind: 'other',
  claim: 'reasoning',
  from: 'standard',
  repeatable: true,

  async attempt(session: ProbeSession): Promise<Finding> {
    const asked = task(session);
    const { reply, rejection } = await send(session, 'reasoning on', asked, 'medium');
    if (!rejection) return judge(reply, asked);
    // Nothing was sent: the adapter knows no way, which says nothing about the model.
    if (rejection.status === undefined) {
      return { verdict: 'SKIPPED_DEPENDENCY', message: rejection.message };
    }
    const again = task(session);
    const unasked = await send(session, 'reasoning unasked', again);
    if (!unasked.reply || !showsReasoning(unasked.reply.answer)) throw rejection;
    return judge(unasked.reply, again);
  },

  async control(session: ProbeSession): Promise<void> {
    await session.ask('control: without reasoning', task(session).prompt, {
      outputTokens: OUTPUT_TOKENS,
    });
  },
};

interface Task {
  readonly prompt: string;
  readonly result: number;
}

function send(
  session: ProbeSession,
  label: string,
  { prompt }: Task,
  reasoning?: ReasoningEffort,
): Promise<ReplyOrRejection> {
  return session.sendOrRejection(
    label,
    { messages: [{ role: 'user', content: prompt }], ...(reasoning && { reasoning }) },
    { outputTokens: OUTPUT_TOKENS },
  );
}

function judge({ answer, text, warnings }: Reply, { result }: Task): Finding {
  const numbers: readonly string[] = text.match(/\d+/g) ?? [];
  if (!numbers.includes(String(result))) {
    return fail('WRONG_ANSWER', `The answer does not contain ${result}.`);
  }
  if (!showsReasoning(answer)) {
    return fail(
      'NO_REASONING_EVIDENCE',
      'The answer is right, but neither reasoning nor reasoning tokens came with it.',
    );
  }
  return pass(warnings, { reasoningTokens: answer.usage?.reasoningTokens ?? null });
}

/** Its result is none of the numbers it names. */
function task(session: ProbeSession): Task {
  const [a, b, c, m] = [0, 0, 0, 0].map(() => session.number(100, 999));
  if (a === undefined || b === undefined || c === undefined || m === undefined) {
    throw new Error('Four numbers were drawn.');
  }
  const result = (a * b + c) % m;
  if ([a, b, c].includes(result)) return task(session);
  const sum = `(${a}*${b}+${c}) mod ${m}`;
  const prompt = session.wording(
    `Task ${session.nonce()}. Compute ${sum}. Answer with the number.`,
    `Exercise ${session.nonce()}. What is ${sum}? Reply with the number only.`,
  );
  return { prompt, result };
}
