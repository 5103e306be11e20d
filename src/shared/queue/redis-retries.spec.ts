import { beforeEach, describe, expect, it } from 'vitest';

import { Draining } from '../draining.js';
import { RedisRetries } from './redis-retries.js';

let draining: Draining;
let retries: RedisRetries;

beforeEach(() => {
  draining = new Draining();
  retries = new RedisRetries(draining);
});

/** How many milliseconds it takes until the retries are over. */
async function overAfter(): Promise<number> {
  const start = performance.now();
  await retries.over();
  return performance.now() - start;
}

describe('a connection to a Redis that is away', () => {
  it('is tried again ever more seldom, and at least every second', () => {
    expect([1, 2, 9, 10, 1_000].map(retries.next)).toEqual([100, 200, 900, 1_000, 1_000]);
  });

  it('is not tried again once the process stops', () => {
    draining.begin();
    expect(retries.next(1)).toBeNull();
  });

  it('is over when the last one that waited was tried', async () => {
    retries.next(3);
    retries.next(1);
    draining.begin();
    expect(await overAfter()).toBeGreaterThan(300);
    expect(await overAfter()).toBeLessThan(100);
  });

  it('is over at once where none waited', async () => {
    expect(await overAfter()).toBeLessThan(100);
  });
});
