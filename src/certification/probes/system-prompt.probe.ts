import { containsNonce } from '../session/nonce.js';
import type { ProbeSession } from '../session/probe-session.js';
import { fail, pass, type Finding, type Probe } from './probe.js';

/** A system prompt is followed: its code, which the user never says, ends the answer. */
export const systemPrompt: Probe = {
  name: 'systemPrompt',
  kind: 'other',
  claim: 'systemPrompt',
  from: 'standard',
  repeatable: true,

  async attempt(session: ProbeSession): Promise<Finding> {
    const nonce = session.nonce();
    const { text, warnings } = await session.send('with a system prompt', {
      system: session.wording(
        `Always end your reply with the code ${nonce}.`,
        `Whatever you are asked, finish your answer with this code: ${nonce}`,
      ),
      messages: [{ role: 'user', content: 'Name one planet.' }],
    });
    return containsNonce(text, nonce)
      ? pass(warnings)
      : fail('SYSTEM_PROMPT_IGNORED', `The answer does not contain ${nonce}.`);
  },

  async control(session: ProbeSession): Promise<void> {
    await session.ask('control: without a system prompt', 'Name one planet.');
  },
};
