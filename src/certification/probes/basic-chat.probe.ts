import { containsNonce } from '../session/nonce.js';
import type { ProbeSession } from '../session/probe-session.js';
import { fail, pass, type Finding, type Probe } from './probe.js';

/** The gate: a plain question is answered, completely. */
export const basicChat: Probe = {
  name: 'basicChat',
  kind: 'gate',
  claim: null,
  from: 'smoke',
  repeatable: true,

  async attempt(session: ProbeSession): Promise<Finding> {
    const nonce = session.nonce();
    const prompt = session.wording(
      `Reply with exactly this token and nothing else: ${nonce}`,
      `Please repeat this code, without any other words: ${nonce}`,
    );
    const { answer, text, warnings } = await session.ask('chat', prompt);
    if (!containsNonce(text, nonce)) {
      return text.trim() === ''
        ? fail('EMPTY_ANSWER', 'The answer has no text.')
        : fail('WRONG_ANSWER', `The answer does not contain ${nonce}.`);
    }
    if (answer.stopReason !== 'stop') {
      return fail(
        'WRONG_STOP_REASON',
        `Stop reason is ${answer.stopReason ?? 'absent'}, not stop.`,
      );
    }
    if (answer.usage?.outputTokens === 0) {
      return fail('NO_OUTPUT_TOKENS', 'Text came, but zero output tokens are reported.');
    }
    return pass(warnings);
  },
};
