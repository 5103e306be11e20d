import type { ContentPart } from '../../inference/adapter.js';
import type { ProbeSession } from '../session/probe-session.js';
import { solidPng, type Rgb } from './png.js';
import { fail, pass, type Finding, type Probe } from './probe.js';

const COLOURS = {
  black: [0, 0, 0],
  blue: [0, 0, 255],
  green: [0, 128, 0],
  red: [255, 0, 0],
  white: [255, 255, 255],
  yellow: [255, 255, 0],
} as const satisfies Record<string, Rgb>;
type Colour = keyof typeof COLOURS;
const NAMES = Object.keys(COLOURS) as readonly Colour[];

/** The provider takes images, but not this one: our picture is at fault. */
const ABOUT_THE_FILE =
  /\bimage\b.*\b(?:too (?:small|large|big)|dimensions?|size|format|media type|mime|corrupt|decode|process)\b|\b(?:unsupported|invalid) (?:image|media)\b|\bcould not process image\b/i;

/** Two pictures of one colour each; guessing both is one chance in thirty. */
export const vision: Probe = {
  name: 'vision',
  kind: 'core',
  claim: 'vision',
  from: 'standard',
  repeatable: true,

  async attempt(session: ProbeSession): Promise<Finding> {
    const warnings: string[] = [];
    for (const colour of twoColours(session)) {
      const content: ContentPart[] = [
        { type: 'image', mediaType: 'image/png', data: solidPng(COLOURS[colour]) },
        { type: 'text', text: question(session) },
      ];
      const { reply, rejection } = await session.sendOrRejection('image', {
        messages: [{ role: 'user', content }],
      });
      if (rejection && !ABOUT_THE_FILE.test(rejection.message)) throw rejection;
      if (rejection) {
        const { message } = rejection;
        return { verdict: 'INCONCLUSIVE_CONFIG', reason: 'IMAGE_REFUSED', message };
      }
      const fault = colourFault(reply.text, colour);
      if (fault) return fault;
      warnings.push(...reply.warnings);
    }
    return pass([...new Set(warnings)]);
  },

  async control(session: ProbeSession): Promise<void> {
    await session.ask('control: without image', question(session));
  },
};

/** Never the same twice, so that one guess for both is always wrong. */
function twoColours(session: ProbeSession): Colour[] {
  const left = [...NAMES];
  const draw = () => left.splice(session.number(0, left.length - 1), 1);
  return [...draw(), ...draw()];
}

function question(session: ProbeSession): string {
  const words = `Answer with one word out of: ${NAMES.join(', ')}.`;
  return session.wording(
    `Question ${session.nonce()}. What is the colour of the image? ${words}`,
    `Request ${session.nonce()}. Please name the colour that fills the picture. ${words}`,
  );
}

function colourFault(text: string, colour: Colour): Finding | null {
  const words = new Set(text.toLowerCase().match(/[a-z]+/g));
  const named = NAMES.filter((name) => words.has(name));
  const [only] = named;
  if (only === undefined) return fail('NO_COLOUR', `The answer names no colour; it is ${colour}.`);
  if (named.length > 1) return fail('SEVERAL_COLOURS', `The answer names ${named.join(', ')}.`);
  return only === colour
    ? null
    : fail('WRONG_COLOUR', `The answer is ${only}, the image is ${colour}.`);
}
