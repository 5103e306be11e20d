import type { StreamedAnswer } from '../../inference/adapter.js';
import { containsNonce } from '../session/nonce.js';
import type { ProbeSession } from '../session/probe-session.js';
import { fail, pass, type Finding, type Probe } from './probe.js';

const OUTPUT_TOKENS = 400;
const MIN_DELTAS = 3;
/** Below this share of the whole time, the text came in one burst at the end. */
const BUFFERED_SHARE = 0.1;

/** The answer arrives in pieces, in order, under one id, and ends once. */
export const streaming: Probe = {
  name: 'streaming',
  kind: 'core',
  claim: 'streaming',
  from: 'smoke',
  repeatable: true,

  async attempt(session: ProbeSession): Promise<Finding> {
    const nonce = session.nonce();
    const { answer, text, warnings } = await session.askStreaming(
      'stream',
      prompt(session, nonce),
      { outputTokens: OUTPUT_TOKENS },
    );
    const protocol = protocolFault(answer);
    if (protocol) return protocol;
    for (const expected of ['39', '40']) {
      if (!text.includes(expected)) return fail('WRONG_ANSWER', `The text lacks ${expected}.`);
    }
    if (!containsNonce(text, nonce)) return fail('WRONG_ANSWER', `The text lacks ${nonce}.`);
    return pass([...warnings, ...streamWarnings(answer)]);
  },

  async control(session: ProbeSession): Promise<void> {
    await session.ask('control: not streamed', prompt(session, session.nonce()), {
      outputTokens: OUTPUT_TOKENS,
    });
  },
};

function prompt(session: ProbeSession, nonce: string): string {
  return session.wording(
    `Count from 1 to 40 separated by spaces, then write ${nonce}.`,
    `Write the whole numbers from 1 up to 40 with spaces between them, and after them ${nonce}.`,
  );
}

function protocolFault(answer: StreamedAnswer): Finding | null {
  const { chunks } = answer;
  const deltas = chunks.filter((chunk) => chunk.text !== '');
  if (deltas.length < MIN_DELTAS) {
    return fail(
      'TOO_FEW_DELTAS',
      `${deltas.length} pieces of text came, at least ${MIN_DELTAS} must.`,
    );
  }
  // Two events may share a time (one TCP segment); all of them may not.
  if (new Set(deltas.map((delta) => delta.atMs)).size < 2) {
    return fail('ONE_ARRIVAL', 'All pieces of text arrived at the same time.');
  }
  const ends = chunks.filter((chunk) => chunk.stopReason !== null);
  if (ends.length !== 1) return fail('STOP_REASONS', `${ends.length} stop reasons came, not one.`);
  const end = ends[0] ? chunks.indexOf(ends[0]) : -1;
  if (deltas[0] && chunks.indexOf(deltas[0]) > end) {
    return fail('STOP_BEFORE_TEXT', 'The stop reason came before any text.');
  }
  const ids = new Set(chunks.flatMap((chunk) => (chunk.id ? [chunk.id] : [])));
  return ids.size > 1 ? fail('SEVERAL_IDS', `The events carry ${ids.size} ids, not one.`) : null;
}

/** Not as it ought to be, but every client can read it. */
function streamWarnings(answer: StreamedAnswer): string[] {
  const roles = answer.chunks.filter(({ role }) => role !== null).length;
  return [
    ...(isBuffered(answer) ? ['BUFFERED_STREAM'] : []),
    ...(roles > 1 ? ['ROLE_REPEATED'] : []),
  ];
}

function isBuffered({ chunks, totalMs }: StreamedAnswer): boolean {
  const times = chunks.filter((chunk) => chunk.text !== '').map((chunk) => chunk.atMs);
  const first = times[0] ?? 0;
  const last = times.at(-1) ?? 0;
  return last - first < BUFFERED_SHARE * (last || totalMs);
}
