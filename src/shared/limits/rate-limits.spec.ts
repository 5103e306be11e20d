import { Logger, ServiceUnavailableException } from '@nestjs/common';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { COUNTING, WINDOW_SECONDS } from './limit-store.js';
import { LimitReached, RateLimits, type Demand } from './rate-limits.js';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const WINDOW_MS = WINDOW_SECONDS * 1000;
const requests = (amount = 1): Demand => ({ key: 'requests', amount, limit: 2 });
const tokens = (amount: number): Demand => ({ key: 'tokens', amount, limit: 100 });

let limiter: RateLimiterMemory;
let limits: RateLimits;

beforeEach(() => {
  vi.useFakeTimers();
  limiter = new RateLimiterMemory(COUNTING);
  limits = new RateLimits({ limiter, open: () => Promise.resolve(), close: () => undefined });
  Logger.overrideLogger(false);
});

afterEach(() => vi.useRealTimers());

async function counted(key: string): Promise<number> {
  return (await limiter.get(key))?.consumedPoints ?? 0;
}

describe('taking', () => {
  it('counts up to the limit, and anew in the next window', async () => {
    await limits.take([requests()]);
    await vi.advanceTimersByTimeAsync(10_000);
    await limits.take([requests()]);
    const refused = await limits.take([requests()]).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(LimitReached);
    expect(refused).toMatchObject({ demand: requests(), waitMs: WINDOW_MS - 10_000 });
    await vi.advanceTimersByTimeAsync(WINDOW_MS - 10_000);
    await limits.take([requests()]);
    expect(await counted('requests')).toBe(1);
  });

  it('takes nothing when one of several limits is reached', async () => {
    await limits.take([requests(), tokens(60)]);
    await expect(limits.take([requests(), tokens(60)])).rejects.toMatchObject({
      demand: { key: 'tokens' },
    });
    expect([await counted('requests'), await counted('tokens')]).toEqual([1, 60]);
    await limits.take([requests(), tokens(40)]);
  });

  it('lets one of two have its way that exceed several limits together', async () => {
    const consume = limiter.consume.bind(limiter);
    // Each is the first at one of the counts, and hears of it when the other was there, too.
    vi.spyOn(limiter, 'consume').mockImplementation(async (key, amount) => {
      await sleep(amount === 61 || amount === 1 ? 10 : 0);
      const result = await consume(key, amount);
      await sleep(20);
      return result;
    });
    const takes = Promise.allSettled([
      limits.take([requests(2), tokens(61)]),
      limits.take([requests(1), tokens(60)]),
    ]);
    await vi.advanceTimersByTimeAsync(200);
    expect((await takes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  it('fails when it cannot count', async () => {
    vi.spyOn(limiter, 'consume').mockRejectedValue(new Error('away'));
    await expect(limits.take([requests()])).rejects.toThrow(ServiceUnavailableException);
  });
});

describe('settling', () => {
  it.each([
    ['gives back what was not used', 20, 20],
    ['adds what was used on top', 130, 130],
    ['leaves what was right', 60, 60],
  ])('%s', async (_, used, expected) => {
    const [taken] = await limits.take([tokens(60)]);
    if (taken) await limits.settle(taken, used);
    expect(await counted('tokens')).toBe(expected);
  });

  it('gives nothing to a later window', async () => {
    const [taken] = await limits.take([tokens(60)]);
    await vi.advanceTimersByTimeAsync(WINDOW_MS);
    await limits.take([tokens(50)]);
    if (taken) await limits.settle(taken, 0);
    expect(await counted('tokens')).toBe(50);
    await expect(limits.take([tokens(60)])).rejects.toThrow(LimitReached);
  });

  it('never fails', async () => {
    const [taken] = await limits.take([tokens(60)]);
    vi.spyOn(limiter, 'reward').mockRejectedValue(new Error('away'));
    if (taken) await limits.settle(taken, 0);
    expect(await counted('tokens')).toBe(60);
  });
});
