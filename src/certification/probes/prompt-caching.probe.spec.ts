import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  honestAnswer,
  PromptCache,
  textIn,
  tokensIn,
} from '../../../test/support/honest-limits.js';
import { MODEST, ProbeHarness } from '../../../test/support/probe-harness.js';
import { completion, json, type Script } from '../../../test/support/scripted-provider.js';
import { stubSession } from '../../../test/support/stub-session.js';
import type { Outcome } from '../validation/outcome.js';
import { decide } from '../validation/verdict.js';
import { basicChat } from './basic-chat.probe.js';
import { promptCaching } from './prompt-caching.probe.js';

let harness: ProbeHarness;

beforeAll(async () => {
  harness = await ProbeHarness.start();
});

afterAll(() => harness.close());

const caching = (cache?: PromptCache): Script => {
  return ({ body }) => honestAnswer(body, { ...MODEST, ...(cache && { cache }) });
};
const run = (script: Script, maxContextWindow = MODEST.maxContextWindow) =>
  harness.run(promptCaching, script, { capabilities: { promptCaching: true, maxContextWindow } });
const reading = (cached: number): Script =>
  json(
    completion({ content: 'x' }, 'stop', {
      usage: {
        ...{ prompt_tokens: 5_000, completion_tokens: 1, total_tokens: 5_001 },
        prompt_tokens_details: { cached_tokens: cached },
      },
    }),
  );

describe('Prompt caching', () => {
  it('is proven by tokens read at the second identical call', async () => {
    const outcome = await run(caching(new PromptCache(4_096)));
    expect(outcome).toMatchObject({ verdict: 'PASS', warnings: [] });
    expect(outcome.metrics?.cachedInputTokens).toBeGreaterThan(4_000);
    const [first, second] = harness.provider.requests.map(({ body }) => textIn(body));
    expect(harness.provider.requests).toHaveLength(2);
    expect(first).toBe(second);
  });

  it('starts with another text each time', async () => {
    await run(caching(new PromptCache()));
    const first = textIn(harness.provider.lastRequest.body);
    await run(caching(new PromptCache()));
    expect(textIn(harness.provider.lastRequest.body).slice(0, 36)).not.toBe(first.slice(0, 36));
  });

  it('that is seen at the third call only is proven too', async () => {
    const outcome = await run((_, index) => Object(reading(index === 2 ? 4_096 : 0)));
    expect(outcome).toMatchObject({ verdict: 'PASS', metrics: { cachedInputTokens: 4_096 } });
    expect(harness.provider.requests).toHaveLength(3);
  });

  it('of a text nobody sent before is a lie', async () => {
    expect(await run(reading(4_096))).toMatchObject({
      verdict: 'FAIL_BEHAVIOUR',
      reason: 'READ_BEFORE_WRITE',
    });
  });

  it.each([500, 128, 1])(
    'is not what a provider puts before every prompt: %i tokens',
    async (shared) => {
      const reads = [shared, 4_096];
      const cached = await run((_, index) => Object(reading(reads[index] ?? 0)));
      expect(cached).toMatchObject({ verdict: 'PASS', metrics: { cachedInputTokens: 4_096 } });
      expect(await run(reading(shared))).toMatchObject({
        ...{ verdict: 'INCONCLUSIVE_TRANSIENT', reason: 'CACHE_MISS' },
      });
    },
  );

  it('is no lie when a first try, without an answer, wrote what the second read', async () => {
    const lost = json({ error: { message: 'Upstream timed out.' } }, 504);
    const outcome = await run((_, index) => (index === 0 ? lost : Object(reading(4_096))));
    expect(outcome).toMatchObject({ verdict: 'PASS', attempts: 1 });
  });

  it('that is never seen stays open, and keeps nobody from a certificate', async () => {
    const outcome = await run(caching());
    expect(outcome).toMatchObject({ verdict: 'INCONCLUSIVE_TRANSIENT', reason: 'CACHE_MISS' });
    expect(harness.provider.requests).toHaveLength(3);
    const gate = await harness.run(basicChat, caching());
    expect(statusWith(gate, outcome)).toBe('CERTIFIED');
  });

  it('is missing when it is refused and the plain text is answered', async () => {
    const error = { message: "This model doesn't support images.", code: 'unsupported_value' };
    const marked = (body: unknown) => Array.isArray(Object(body).messages[0].content);
    const script: Script = ({ body }) =>
      marked(body) ? json({ error }, 400) : honestAnswer(body, MODEST);
    expect(await run(script)).toMatchObject({ verdict: 'FAIL_CAPABILITY' });
    expect(harness.provider.requests.map(({ body }) => marked(body))).toEqual([true, false, true]);
    const busy: Script = ({ body }) => json({ error }, marked(body) ? 400 : 503);
    expect((await run(busy)).verdict).toMatch(/^INCONCLUSIVE/);
  });

  it('fits into a small window', async () => {
    await run(caching(), 2_000);
    expect(tokensIn(textIn(harness.provider.lastRequest.body))).toBeLessThan(1_800);
  });
});

describe('A provider that counts what it writes to its cache', () => {
  const usage = { inputTokens: 5, outputTokens: 1, totalTokens: 6, reasoningTokens: null };
  const counting = (writes: number[], reads: number[]) => {
    let call = -1;
    return stubSession(() => {
      call++;
      const counts = { cacheWriteTokens: writes[call] ?? 0, cachedInputTokens: reads[call] ?? 0 };
      return { text: 'x', usage: { ...usage, ...counts } };
    });
  };

  it('passes by what it wrote first and read later', async () => {
    expect(await promptCaching.attempt(counting([4_500, 0], [0, 4_500]))).toEqual({
      verdict: 'PASS',
      metrics: { cacheWriteTokens: 4_500, cachedInputTokens: 4_500 },
    });
  });

  it('fails when it never writes, and stays open when it writes and never reads', async () => {
    const never = await promptCaching.attempt(counting([0, 0, 0], [0, 0, 0]));
    expect(never).toMatchObject({ verdict: 'FAIL_BEHAVIOUR', reason: 'NOT_WRITTEN' });
    const written = await promptCaching.attempt(counting([4_500, 0, 0], [0, 0, 0]));
    expect(written).toMatchObject({ verdict: 'INCONCLUSIVE_TRANSIENT', reason: 'CACHE_MISS' });
  });

  it('is told where the cached part ends', async () => {
    const types: unknown[] = [];
    await promptCaching.attempt(
      stubSession(({ messages: [message] }) => {
        const content = message?.role === 'user' ? message.content : '';
        types.push(...(typeof content === 'string' ? [] : content.map(({ type }) => type)));
        return { text: 'x', usage: null };
      }),
    );
    expect(types.slice(0, 3)).toEqual(['text', 'cache_point', 'text']);
  });
});

function statusWith(...outcomes: Outcome[]): string {
  const capabilities = { ...MODEST, streaming: false, maxContextWindow: 0, maxOutputTokens: 0 };
  return decide({ capabilities, profile: 'standard', region: 'global' }, outcomes, []).status;
}
