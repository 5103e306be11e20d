import type { InferenceRequest } from '../../inference/adapter.js';
import type { ProbeSession } from '../session/probe-session.js';
import { solidPng } from './png.js';
import { fail, pass, type Finding, type Probe } from './probe.js';

/** Some models refuse tiny images. */
const SIDE = 256;
/** More than any provider counts for an image of this size. */
const TOKENS_OF_AN_IMAGE = 1_000;

const COLOURS = {
  black: [0, 0, 0],
  blue: [0, 0, 255],
  green: [0, 160, 0],
  red: [220, 0, 0],
  white: [255, 255, 255],
  yellow: [255, 230, 0],
} as const;
type Colour = keyof typeof COLOURS;
const NAMES = Object.keys(COLOURS).filter((name): name is Colour => name in COLOURS);

/** The colour of two images is told, one image a request. Guessing passes once in thirty times. */
export const vision: Probe = {
  name: 'vision',
  kind: 'core',
  claim: 'vision',
  from: 'standard',
  repeatable: true,

  estimate: () => ({ inputTokens: 4 * TOKENS_OF_AN_IMAGE, outputTokens: 5 * 256 }),

  async attempt(session: ProbeSession): Promise<Finding> {
    const warnings: string[] = [];
    for (const colour of twoOf(session)) {
      const reply = await session.send(`image, ${colour}`, withImage(session, colour));
      const seen = NAMES.filter((name) => new RegExp(`\\b${name}\\b`, 'i').test(reply.text));
      if (seen.length !== 1) {
        return fail('NO_COLOUR', `The answer names ${seen.length} of the colours, not one.`);
      }
      if (seen[0] !== colour) return fail('WRONG_COLOUR', `It saw ${seen[0]}; it was ${colour}.`);
      warnings.push(...reply.warnings);
    }
    return pass([...new Set(warnings)]);
  },

  async control(session: ProbeSession): Promise<void> {
    await session.ask('control: without an image', question(session));
  },
};

function twoOf(session: ProbeSession): [Colour, Colour] {
  const first = session.number(0, NAMES.length - 1);
  const second = (first + session.number(1, NAMES.length - 1)) % NAMES.length;
  return [NAMES[first] ?? 'red', NAMES[second] ?? 'blue'];
}

function withImage(session: ProbeSession, colour: Colour): InferenceRequest {
  const data = solidPng(SIDE, COLOURS[colour]);
  return {
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: question(session) },
          { type: 'image', mediaType: 'image/png', data },
        ],
      },
    ],
  };
}

function question(session: ProbeSession): string {
  const words = NAMES.join(', ');
  return session.wording(
    `${session.nonce()}: what is the colour of the image? Answer with one word out of: ${words}.`,
    `${session.nonce()}: which of these colours fills the picture: ${words}? Reply with that word.`,
  );
}
