import type { ProbeSession } from '../session/probe-session.js';
import { fail, pass, requests, type Finding, type Probe } from './probe.js';

/** Reasoning is switched on, leaves evidence, and leads to the right number. */
export const reasoning: Probe = {
  name: 'reasoning',
  kind: 'other',
  claim: 'reasoning',
  from: 'standard',
  repeatable: true,

  estimate: () => requests(3, 4_096),

  async attempt(session: ProbeSession): Promise<Finding> {
    const { prompt, result } = exercise(session);
    const { answer, text, warnings } = await session.send('reasoning on', {
      messages: [{ role: 'user', content: prompt }],
      reasoning: 'medium',
    });
    const last = text.replaceAll(',', '').match(/\d+/g)?.at(-1);
    if (Number(last) !== result) return fail('WRONG_ANSWER', `The answer is not ${result}.`);
    const shown = answer.reasoning !== '' || (answer.usage?.reasoningTokens ?? 0) > 0;
    return shown
      ? pass(warnings)
      : fail('NO_REASONING_EVIDENCE', 'Right, but neither reasoning nor its tokens are reported.');
  },

  async control(session: ProbeSession): Promise<void> {
    await session.ask('control: reasoning not asked for', exercise(session).prompt);
  },
};

function exercise(session: ProbeSession): { prompt: string; result: number } {
  const [a, b, c] = [session.number(100, 999), session.number(100, 999), session.number(100, 999)];
  const m = session.number(11, 97);
  return {
    result: (a * b + c) % m,
    prompt: session.wording(
      `Compute (${a}*${b}+${c}) mod ${m}. Answer with the number.`,
      `What remains when ${a}*${b}+${c} is divided by ${m}? Answer with the number.`,
    ),
  };
}
