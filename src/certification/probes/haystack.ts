import { containsNonce } from '../session/nonce.js';
import type { ProbeSession } from '../session/probe-session.js';

/** Where the needles lie, in per cent of the text. */
const DEPTHS = [5, 50, 95] as const;
const COLOURS = ['red', 'green', 'blue'] as const;
/** All of the same length, so that every part of the text has the same tokens per character. */
const FIRST_NUMBER = 100_001;
const LINE_LENGTH = lineAt(0).length;

/** All lines written so far: they are the same in every haystack. */
let filler = '';

interface Needle {
  readonly depth: number;
  readonly sentence: string;
  readonly nonce: string;
}

/** A long text with three facts hidden in it, and the question for them. */
export interface Haystack {
  readonly prompt: string;
  /** Depths whose fact an answer lacks, in per cent. */
  lostIn(answer: string): number[];
}

/** A haystack of about so many characters; never fewer than its needles and its question need. */
export function haystack(session: ProbeSession, chars: number): Haystack {
  const thing = session.wording('vault code', 'box label');
  const needles = DEPTHS.map((depth, index): Needle => {
    const nonce = session.nonce();
    return { depth, nonce, sentence: `The ${COLOURS[index]} ${thing} is ${nonce}.` };
  });
  const title = `${session.nonce()} is the title of this text.`;
  const question = `What are the red, the green and the blue ${thing}? Reply with the three of them only.`;
  const fixed = [title, question, ...needles.map(({ sentence }) => sentence)].join('\n').length;
  const count = Math.max(0, Math.floor((chars - fixed) / LINE_LENGTH));
  return {
    prompt: `${title}\n${withNeedles(count, needles)}${question}`,
    lostIn: (answer) =>
      needles.filter(({ nonce }) => !containsNonce(answer, nonce)).map(({ depth }) => depth),
  };
}

/** Lines from one index to another, each with its end. */
function lines(from: number, to: number): string {
  while (filler.length < to * LINE_LENGTH) filler += lineAt(filler.length / LINE_LENGTH);
  return filler.slice(from * LINE_LENGTH, to * LINE_LENGTH);
}

function lineAt(index: number): string {
  return `Line ${FIRST_NUMBER + index}: the river runs past the old mill to the harbour.\n`;
}

function withNeedles(count: number, needles: readonly Needle[]): string {
  let from = 0;
  const parts = needles.map(({ depth, sentence }) => {
    const to = Math.round((count * depth) / 100);
    const before = lines(from, to);
    from = to;
    return `${before}${sentence}\n`;
  });
  return `${parts.join('')}${lines(from, count)}`;
}
