import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  contextRefused,
  honestAnswer,
  outputLimitIn,
  textIn,
  tokensIn,
  withContent,
} from '../../../test/support/honest-limits.js';
import { MODEST, ProbeHarness } from '../../../test/support/probe-harness.js';
import {
  completion,
  json,
  type Script,
  type ScriptedAnswer,
} from '../../../test/support/scripted-provider.js';
import type { CapabilitiesDto } from '../../models/capabilities.dto.js';
import type { Attempt } from '../validation/outcome.js';
import { basicChat } from './basic-chat.probe.js';
import { maxContextWindow } from './max-context-window.probe.js';

let harness: ProbeHarness;

beforeAll(async () => {
  harness = await ProbeHarness.start();
});

afterAll(() => harness.close());

const honest =
  (window: number = MODEST.maxContextWindow): Script =>
  ({ body }) =>
    honestAnswer(body, { ...MODEST, maxContextWindow: window });
/** Honest, about a prompt that it changed before it read it. */
const losing =
  (change: (text: string) => string): Script =>
  ({ body }) =>
    honestAnswer(withContent(body, change(textIn(body))), MODEST);
/** Another answer to the long request than to the short one. */
const atLength =
  (answer: (body: unknown) => ScriptedAnswer): Script =>
  ({ body }) =>
    tokensIn(textIn(body)) > 2_000 ? answer(body) : honestAnswer(body, MODEST);
const run = (
  script: Script,
  capabilities: Partial<CapabilitiesDto> = {},
  profile: 'standard' | 'deep' = 'standard',
) => harness.run(maxContextWindow, script, { capabilities, profile });
const lengths = () => harness.provider.requests.map(({ body }) => tokensIn(textIn(body)));
/** Replaces a needle, by its colour, by as many characters. */
const without = (colour: string) => (text: string) =>
  text.replace(new RegExp(`The ${colour} (?:vault code|box label) is .*`), (found) =>
    '.'.repeat(found.length),
  );

describe('The context window', () => {
  it('is verified to 8,000 tokens before the profile deep', async () => {
    const outcome = await run(honest());
    expect(outcome).toMatchObject({ verdict: 'PASS', attempts: 1, warnings: [] });
    expect(outcome.metrics?.contextVerifiedTo).toBeGreaterThan(7_600);
    expect(outcome.metrics?.contextVerifiedTo).toBeLessThan(8_100);
    expect(outcome.metrics?.wholeWindow).toBe(0);
    expect(lengths()).toHaveLength(2);
  });

  it('is filled in the profile deep, three times', async () => {
    const outcome = await run(honest(), {}, 'deep');
    expect(outcome).toMatchObject({ verdict: 'PASS', attempts: 3 });
    expect(outcome.metrics?.contextVerifiedTo).toBeGreaterThan(0.95 * (16_000 - 768) * 0.97);
    expect(outcome.metrics?.wholeWindow).toBe(1);
  });

  it('holds three facts at 5, 50 and 95 per cent, new each time', async () => {
    await run(honest());
    const text = textIn(harness.provider.lastRequest.body);
    const found = [...text.matchAll(/The (\w+) vault code is ([a-z]+-\d{4})/g)];
    expect(found.map(({ index }) => Math.round((100 * index) / text.length))).toEqual([5, 50, 95]);
    expect(found.map(([, colour]) => colour)).toEqual(['red', 'green', 'blue']);
    await run(honest());
    const again = textIn(harness.provider.lastRequest.body);
    for (const [, , nonce = ''] of found) expect(again).not.toContain(nonce);
  });

  it('that is cut at the start without a word is found out by the count', async () => {
    const outcome = await run(losing((text) => text.slice(-14_000)));
    expect(outcome).toMatchObject({ verdict: 'FAIL_BEHAVIOUR', reason: 'SILENT_TRUNCATION' });
    expect(outcome.message).toContain('The facts at 5, 50 % are lost.');
  });

  it('that loses the fact at 5 per cent, with a short count, is cut', async () => {
    const outcome = await run(losing((text) => text.slice(-24_000)));
    expect(outcome).toMatchObject({ reason: 'SILENT_TRUNCATION' });
    expect(outcome.message).toContain('The facts at 5 % are lost.');
  });

  it.each([
    ['red', 'RECALL_5'],
    ['green', 'RECALL_50'],
    ['blue', 'RECALL_95'],
  ])('that forgets the %s fact passes with the warning %s', async (colour, warning) => {
    expect(await run(losing(without(colour)))).toMatchObject({
      verdict: 'PASS_WITH_WARNING',
      warnings: [warning],
    });
  });

  it('that forgets two facts fails', async () => {
    const outcome = await run(losing((text) => without('red')(without('blue')(text))));
    expect(outcome).toMatchObject({ verdict: 'FAIL_BEHAVIOUR', reason: 'RECALL' });
  });

  it('that is smaller than declared fails, with the real one', async () => {
    expect(await run(honest(4_096))).toMatchObject({
      verdict: 'FAIL_CAPABILITY',
      reason: 'WINDOW_BELOW_DECLARED',
      metrics: { observedMaxContext: 4_096 },
    });
    expect(lengths()).toHaveLength(2);
  });

  it('that ends the answer counts as too small', async () => {
    const usage = { prompt_tokens: 4_000, completion_tokens: 96, total_tokens: 4_096 };
    const full = json(completion({ content: '' }, 'model_length', { usage }));
    const outcome = await run(atLength(() => full));
    expect(outcome).toMatchObject({ metrics: { observedMaxContext: 4_096 } });
  });

  it('that is refused without a number is missing by the control', async () => {
    const refusal = json('<html>Request Entity Too Large</html>', 413);
    expect(await run(atLength(() => refusal))).toMatchObject({
      verdict: 'FAIL_CAPABILITY',
      reason: 'CONTEXT_LIMIT',
    });
    expect(lengths()[2]).toBeLessThan(200);
  });

  it('stays open while so many tokens are throttled, or the refusal names what was declared', async () => {
    const busy = json({ error: { code: 'rate_limit_exceeded', message: 'TPM' } }, 429);
    expect(await run(atLength(() => busy))).toMatchObject({
      ...{ verdict: 'INCONCLUSIVE_TRANSIENT', reason: 'TPM_BELOW_CONTEXT', category: 'RATE_LIMIT' },
    });
    expect(await run(atLength(() => contextRefused(16_200, 16_000)))).toMatchObject({
      ...{ verdict: 'INCONCLUSIVE_TRANSIENT', reason: 'PROMPT_TOO_LONG' },
    });
  });

  it('goes by the facts alone when nothing is counted', async () => {
    const script: Script = ({ body }) => {
      const content = honestAnswer(body, MODEST).body?.[0];
      const answer: unknown = JSON.parse(String(content));
      return json({ ...Object(answer), usage: undefined });
    };
    expect(await run(script)).toMatchObject({
      verdict: 'PASS',
      metrics: { contextVerifiedTo: null },
    });
  });

  it('is filled rightly though every prompt counts 300 tokens more than its text', async () => {
    const script: Script = ({ body }) => {
      const answer: unknown = JSON.parse(String(honestAnswer(body, MODEST).body?.[0]));
      const { usage, ...rest } = Object(answer);
      return json({ ...rest, usage: { ...usage, prompt_tokens: usage.prompt_tokens + 300 } });
    };
    const attempts: Attempt[] = [];
    await harness.run(basicChat, script, { attempts });
    const outcome = await harness.run(maxContextWindow, script, { attempts });
    expect(outcome).toMatchObject({ verdict: 'PASS', attempts: 1 });
    expect(outcome.metrics?.contextVerifiedTo).toBeGreaterThan(7_700);
  });

  it.each([1, 100])('is not filled without end when a prompt counts %i tokens', async (counted) => {
    const usage = { prompt_tokens: counted, completion_tokens: 9, total_tokens: counted + 9 };
    await run(json(completion({ content: 'x' }, 'stop', { usage })));
    expect(Math.max(...lengths())).toBeLessThan(13_000);
  });

  it.each([300, 400, 700, 1_000, 2_000, 4_000])('of %i tokens is tested', async (window) => {
    for (const profile of ['standard', 'deep'] as const) {
      const outcome = await run(honest(window), { maxContextWindow: window }, profile);
      expect(outcome).toMatchObject({ verdict: 'PASS', warnings: [], metrics: { wholeWindow: 1 } });
      for (const { body } of harness.provider.requests) {
        expect(outputLimitIn(body)).toBeGreaterThanOrEqual(16);
      }
    }
  });
});
