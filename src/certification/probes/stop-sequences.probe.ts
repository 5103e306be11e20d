import type { ProbeSession } from '../session/probe-session.js';
import { fail, pass, type Finding, type Probe } from './probe.js';

/** The answer ends before the stop sequence and does not contain it. */
export const stopSequences: Probe = {
  name: 'stopSequences',
  kind: 'other',
  claim: 'stopSequences',
  from: 'standard',
  repeatable: true,

  async attempt(session: ProbeSession): Promise<Finding> {
    const stop = session.nonce().toUpperCase();
    const { answer, text, warnings } = await session.send('with a stop sequence', {
      messages: [{ role: 'user', content: prompt(session, stop) }],
      stop: [stop],
    });
    if (text.includes(stop)) return fail('STOP_SEQUENCE_SHOWN', `The answer contains ${stop}.`);
    if (/\bfour\b/i.test(text)) {
      return fail('NOT_STOPPED', 'The answer goes on behind the stop sequence.');
    }
    if (!/\bthree\b/i.test(text)) {
      return fail('WRONG_ANSWER', 'The answer lacks what stands before the stop sequence.');
    }
    if (answer.stopReason !== 'stop') {
      const reason = answer.stopReason ?? 'absent';
      return fail('WRONG_STOP_REASON', `Stop reason is ${reason}, not stop.`);
    }
    return pass(warnings);
  },

  async control(session: ProbeSession): Promise<void> {
    const stop = session.nonce().toUpperCase();
    await session.ask('control: without a stop sequence', prompt(session, stop));
  },
};

function prompt(session: ProbeSession, stop: string): string {
  return session.wording(
    `Copy this line exactly: one two three ${stop} four five`,
    `Repeat these words in this order: one two three ${stop} four five`,
  );
}
