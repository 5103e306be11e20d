import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  colourIn,
  honestAnswer,
  textIn,
  withContent,
} from '../../../test/support/honest-limits.js';
import { MODEST, ProbeHarness } from '../../../test/support/probe-harness.js';
import { completion, json, type Script } from '../../../test/support/scripted-provider.js';
import { solidPng } from './png.js';
import { vision } from './vision.probe.js';

let harness: ProbeHarness;

beforeAll(async () => {
  harness = await ProbeHarness.start();
});

afterAll(() => harness.close());

const HONEST: Script = ({ body }) => honestAnswer(body, MODEST);
const saying = (content: string): Script => json(completion({ content }));
const hasImage = (body: unknown): boolean => colourIn(body) !== null;
const refusing =
  (message: string): Script =>
  ({ body }) =>
    hasImage(body) ? json({ error: { message } }, 400) : honestAnswer(body, MODEST);
const run = (script: Script) => harness.run(vision, script, { capabilities: { vision: true } });

describe('Vision', () => {
  it('is proven by two pictures of different colours', async () => {
    for (let time = 0; time < 10; time++) {
      expect(await run(HONEST)).toMatchObject({ verdict: 'PASS', attempts: 1 });
      const colours = harness.provider.requests.map(({ body }) => colourIn(body));
      expect(new Set(colours).size).toBe(2);
      expect(colours).not.toContain(null);
    }
  });

  it('fails when images are dropped and the colour is guessed', async () => {
    expect(await run(saying('Yellow.'))).toMatchObject({
      verdict: 'FAIL_BEHAVIOUR',
      reason: 'WRONG_COLOUR',
    });
    expect(harness.provider.requests.length).toBeLessThanOrEqual(6);
  });

  it('fails when images are dropped, and that is said', async () => {
    const blind: Script = ({ body }) => honestAnswer(withContent(body, textIn(body)), MODEST);
    expect(await run(blind)).toMatchObject({ verdict: 'FAIL_BEHAVIOUR', reason: 'NO_COLOUR' });
  });

  it('fails when every colour is named', async () => {
    const all = saying('It is black, blue, green, red, white or yellow.');
    expect(await run(all)).toMatchObject({ reason: 'SEVERAL_COLOURS' });
  });

  it('is missing when images are refused and the question alone is answered', async () => {
    const script = refusing("This model doesn't support image input.");
    expect(await run(script)).toMatchObject({
      verdict: 'FAIL_CAPABILITY',
      reason: 'CAPABILITY_UNSUPPORTED',
    });
    expect(harness.provider.requests.map(({ body }) => hasImage(body))).toEqual([
      ...[true, false, true],
    ]);
  });

  it('stays open when the question alone is refused too', async () => {
    const error = { message: "This model doesn't support image input." };
    const script: Script = ({ body }) =>
      hasImage(body) ? json({ error }, 400) : json({ error: { message: 'busy' } }, 503);
    expect(await run(script)).toMatchObject({
      verdict: 'INCONCLUSIVE_TRANSIENT',
      reason: 'PROVIDER_ERROR',
    });
  });

  it('stays open when it is our picture that is refused', async () => {
    expect(await run(refusing('Invalid image: dimensions are too small.'))).toMatchObject({
      verdict: 'INCONCLUSIVE_CONFIG',
      reason: 'IMAGE_REFUSED',
    });
  });
});

it('A picture is a small PNG', () => {
  const png = Buffer.from(solidPng([255, 0, 0]));
  expect(png.length).toBeLessThan(1_000);
  expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
  // The checksum of an empty IEND, as the PNG specification has it.
  expect(png.subarray(-12).toString('hex')).toBe('0000000049454e44ae426082');
});
