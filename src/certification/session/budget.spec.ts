import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import { MODEST } from '../../../test/support/probe-harness.js';
import { EMPTY } from '../../../test/support/stub-session.js';
import type { Usage } from '../../inference/adapter.js';
import { InferenceError } from '../../inference/inference-error.js';
import { PROBES } from '../probes/index.js';
import { spentIn, type Attempt } from '../validation/outcome.js';
import { discover, runProbe } from '../validation/probe-runner.js';
import { Budget, inputTokensOf, OVER_BUDGET, type Tokens } from './budget.js';
import { Sender, type Received, type Transport } from './sender.js';

/** One USD per million input tokens, ten for output. */
const costOf = ({ inputTokens, outputTokens }: Tokens) =>
  (inputTokens + 10 * outputTokens) / 1_000_000;

/** Tokens that the model's window holds. */
const WINDOW = 16_000;

/** What one request of a run comes to. */
interface Turn {
  readonly kind: 'answer' | 'thought' | 'refusal' | 'fault';
  readonly inputTokens: number;
  readonly outputTokens: number;
}

const turns = fc.array(
  fc.record<Turn>({
    kind: fc.constantFrom('answer', 'thought', 'refusal', 'fault'),
    inputTokens: fc.nat(20_000),
    outputTokens: fc.nat(20_000),
  }),
  { minLength: 1, maxLength: 12 },
);

function usageOf({ kind, inputTokens, outputTokens }: Turn): Usage {
  const thought = { reasoningTokens: kind === 'thought' ? outputTokens + 1 : null };
  const cache = { cachedInputTokens: null, cacheWriteTokens: null };
  return { inputTokens, outputTokens, totalTokens: null, ...thought, ...cache };
}

function playing(script: readonly Turn[]): {
  transport: Transport;
  dearest: () => number;
  sent: () => number;
} {
  let index = 0;
  let dearest = 0;
  const transport = (): Promise<Received> => {
    const turn = script[index++ % script.length];
    if (!turn || turn.kind === 'fault') throw new InferenceError('PROVIDER_ERROR', 'Down.');
    if (turn.kind === 'refusal') throw new InferenceError('CAPABILITY_UNSUPPORTED', 'No.');
    dearest = Math.max(dearest, costOf(turn));
    const stopReason = turn.kind === 'thought' ? 'length' : 'stop';
    const text = turn.kind === 'thought' ? '' : 'x';
    const streamed = { chunks: [], firstTokenMs: null };
    const answer = { ...EMPTY, ...streamed, text, stopReason, usage: usageOf(turn) } as const;
    return Promise.resolve({ answer, firstTokenMs: null, events: null });
  };
  return { transport, dearest: () => dearest, sent: () => index };
}

async function run(
  script: readonly Turn[],
  maxUsd: number,
  { reasoning = false, undeclared = false } = {},
): Promise<{ attempts: Attempt[]; dearest: number }> {
  const { transport, dearest, sent } = playing(script);
  const { signal } = new AbortController();
  const budget = new Budget(maxUsd, 0, costOf, WINDOW);
  const granted = vi.spyOn(budget, 'ask');
  const sender = new Sender({ transport, hide: (text) => text, signal, budget, backoffMs: 0 });
  const attempts: Attempt[] = [];
  for (const probe of PROBES) {
    await (undeclared ? discover : runProbe)(probe, {
      ...{ capabilities: { ...MODEST, reasoning }, profile: 'deep', sender, costOf, attempts },
      ...{
        standing: () => Promise.resolve(null),
        now: () => new Date(),
        record: () => Promise.resolve(),
      },
    });
  }
  // Each request, whatever it is for, was granted by itself.
  const grants = granted.mock.results.filter(({ type }) => type === 'return');
  expect(sent()).toBe(grants.length);
  return { attempts, dearest: dearest() };
}

describe('A run', () => {
  it('never costs more than its budget and one request', async () => {
    const runs = fc.asyncProperty(
      turns,
      fc.double({ min: 0, max: 2, noNaN: true }),
      fc.boolean(),
      fc.boolean(),
      async (script, maxUsd, reasoning, undeclared) => {
        const { attempts, dearest } = await run(script, maxUsd, { reasoning, undeclared });
        expect(spentIn(attempts)).toBeLessThanOrEqual(maxUsd + dearest + 1e-9);
      },
    );
    await fc.assert(runs, { numRuns: 60 });
  });

  it('asks nothing for nothing, and says so of every probe that would have asked', async () => {
    const answer = { kind: 'answer', inputTokens: 10, outputTokens: 10 } as const;
    const { attempts } = await run([answer], 0);
    expect(attempts.flatMap(({ exchanges }) => exchanges)).toEqual([]);
    const asking = attempts.filter(({ verdict }) => verdict !== 'SKIPPED_DEPENDENCY');
    expect(asking).toHaveLength(PROBES.length - 2);
    for (const { verdict, message } of asking) {
      expect([verdict, message]).toEqual(['SKIPPED_BUDGET', 'Another request might exceed 0 USD.']);
    }
  });

  it('asks before the larger limit of a model that thought too long', async () => {
    const thought = { kind: 'thought', inputTokens: 100, outputTokens: 256 } as const;
    // 256 tokens of output fit twice; 1,000 do not.
    const { attempts } = await run([thought], 0.006);
    const gate = attempts.find(({ probe }) => probe === 'basicChat');
    expect(gate).toMatchObject({ verdict: 'SKIPPED_BUDGET', exchanges: [{ label: 'chat' }] });
    expect(gate?.costUsd).toBeCloseTo(0.00266, 6);
  });
});

describe('The budget', () => {
  const asked = { inputTokens: 100, outputTokens: 100 };

  it.each([null, 0.5, -100, Infinity, 1e300])(
    'counts as much as was asked for where the count that is reported is %s',
    (count) => {
      const budget = new Budget(0.002, 0, costOf, WINDOW);
      budget.ask(asked);
      const usage = usageOf({ kind: 'answer', inputTokens: 0, outputTokens: 0 });
      const reported = { ...usage, inputTokens: count, outputTokens: count };
      expect(budget.spend(reported, asked)).toEqual(asked);
      expect(() => budget.ask(asked)).toThrow(expect.objectContaining({ code: OVER_BUDGET }));
    },
  );

  it('counts no more than the window holds, but what was asked for at least', () => {
    const budget = new Budget(null, 0, costOf, WINDOW);
    const usage = usageOf({ kind: 'answer', inputTokens: 1e12, outputTokens: 16_001 });
    const whole = { inputTokens: WINDOW, outputTokens: WINDOW };
    expect(budget.spend(usage, asked)).toEqual(whole);
    expect(budget.spend({ ...usage, ...whole }, asked)).toEqual(whole);
    const image = { inputTokens: 17_000, outputTokens: 100 };
    expect(budget.spend(usage, image)).toEqual({ inputTokens: 17_000, outputTokens: WINDOW });
  });

  it('counts as much as was asked for where no usage is reported', () => {
    const budget = new Budget(0.002, 0, costOf, WINDOW);
    budget.ask(asked);
    budget.spend(null, asked);
    expect(() => budget.ask(asked)).toThrow(expect.objectContaining({ code: OVER_BUDGET }));
  });

  it('knows the length of a turn whatever its provider put into it', () => {
    const tokens = (replay: unknown) =>
      inputTokensOf({ messages: [{ role: 'assistant', text: '', replay }] });
    expect(tokens([{ input: 12345678901234567890n }])).toBeGreaterThan(20);
    const deep: unknown = JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`);
    expect(() => tokens(deep)).not.toThrow();
  });

  it('counts what was used where it is reported', () => {
    const budget = new Budget(0.002, 0, costOf, WINDOW);
    budget.spend(usageOf({ kind: 'answer', inputTokens: 10, outputTokens: 10 }), asked);
    expect(() => budget.ask(asked)).not.toThrow();
  });

  it('knows what an interrupted run has spent', () => {
    expect(() => new Budget(0.002, 0.0019, costOf, WINDOW).ask(asked)).toThrow(InferenceError);
    expect(() => new Budget(null, 1e9, costOf, WINDOW).ask(asked)).not.toThrow();
  });

  it('expects 8,500 tokens of an image, whatever its size', () => {
    const text = { type: 'text', text: 'What is it?' } as const;
    const image = (bytes: number) =>
      ({ type: 'image', mediaType: 'image/png', data: Buffer.alloc(bytes) }) as const;
    const tokens = (content: Parameters<typeof message>[0]) =>
      inputTokensOf({ messages: [message(content)] });
    const message = (content: readonly (typeof text | ReturnType<typeof image>)[]) =>
      ({ role: 'user', content }) as const;
    const [small, large] = [tokens([image(10), text]), tokens([image(100_000), text])];
    expect(small).toBe(large);
    expect(small).toBeGreaterThanOrEqual(8_500 + tokens([text]));
  });
});
