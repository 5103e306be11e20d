import { containsNonce } from '../session/nonce.js';
import type { ProbeSession } from '../session/probe-session.js';

/** Where the needles lie, in per cent of the text. */
const DEPTHS = [5, 50, 95] as const;
const COLOURS = ['red', 'green', 'blue'] as const;
/** All of the same length, so that every part of the text has the same tokens per character. */
const FIRST_NUMBER = 100_001;

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
  const text = withNeedles(filler(chars - fixed), needles);
  return {
    prompt: [title, ...text, question].join('\n'),
    lostIn: (answer) =>
      needles.filter(({ nonce }) => !containsNonce(answer, nonce)).map(({ depth }) => depth),
  };
}

function filler(chars: number): string[] {
  const lines: string[] = [];
  for (let length = 0; ;) {
    const line = `Line ${FIRST_NUMBER + lines.length}: the river runs past the old mill to the harbour.`;
    length += line.length + 1;
    if (length > chars) return lines;
    lines.push(line);
  }
}

function withNeedles(lines: readonly string[], needles: readonly Needle[]): string[] {
  let from = 0;
  const parts = needles.flatMap(({ depth, sentence }) => {
    const to = Math.round((lines.length * depth) / 100);
    const before = lines.slice(from, to);
    from = to;
    return [...before, sentence];
  });
  return [...parts, ...lines.slice(from)];
}
