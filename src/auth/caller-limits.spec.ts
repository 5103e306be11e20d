import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { CallerLimits } from './caller-limits.js';

const ANN = { id: 'ann' };
const BOB = { id: 'bob' };

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => vi.useRealTimers());

describe('the limit of a caller', () => {
  it('lets so many requests through in a minute, to each caller', () => {
    const limits = new CallerLimits({ rateLimitPerMinute: 2 });
    expect([limits.take(ANN), limits.take(ANN), limits.take(ANN)]).toEqual([true, true, false]);
    expect(limits.take(BOB)).toBe(true);
    vi.advanceTimersByTime(59_999);
    expect(limits.take(ANN)).toBe(false);
    vi.advanceTimersByTime(1);
    expect(limits.take(ANN)).toBe(true);
  });

  it('says what is left, and when the next minute begins', () => {
    const limits = new CallerLimits({ rateLimitPerMinute: 2 });
    limits.take(ANN);
    vi.advanceTimersByTime(10_000);
    expect(limits.headersOf(ANN)).toEqual({
      'ratelimit-policy': '"caller";q=2;w=60',
      ratelimit: '"caller";r=1;t=50',
    });
    limits.take(ANN);
    limits.take(ANN);
    expect(limits.headersOf(ANN).ratelimit).toBe('"caller";r=0;t=50');
    expect(limits.refusal(ANN)).toMatchObject({ status: 429, retryAfterMs: 50_000 });
  });

  it('is none when it is 0', () => {
    const limits = new CallerLimits({ rateLimitPerMinute: 0 });
    for (let count = 0; count < 10; count++) expect(limits.take(ANN)).toBe(true);
    expect(limits.headersOf(ANN)).toEqual({});
  });
});
