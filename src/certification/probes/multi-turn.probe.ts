import { containsNonce } from '../session/nonce.js';
import type { ProbeSession } from '../session/probe-session.js';
import { fail, pass, type Finding, type Probe } from './probe.js';

/** What was said two turns ago is remembered. */
export const multiTurn: Probe = {
  name: 'multiTurn',
  kind: 'other',
  claim: 'multiTurn',
  from: 'standard',
  repeatable: true,

  async attempt(session: ProbeSession): Promise<Finding> {
    const nonce = session.nonce();
    const { text, warnings } = await session.send('third turn', {
      messages: [
        {
          role: 'user',
          content: session.wording(`My locker code is ${nonce}.`, `My boat is called ${nonce}.`),
        },
        { role: 'assistant', text: 'Understood.' },
        {
          role: 'user',
          content: session.wording(
            'What is my locker code? Reply with the code only.',
            'What is my boat called? Reply with the name only.',
          ),
        },
      ],
    });
    return containsNonce(text, nonce)
      ? pass(warnings)
      : fail('EARLIER_TURN_FORGOTTEN', `The answer does not contain ${nonce}.`);
  },

  async control(session: ProbeSession): Promise<void> {
    await session.ask('control: one turn', `My locker code is ${session.nonce()}. Repeat it.`);
  },
};
