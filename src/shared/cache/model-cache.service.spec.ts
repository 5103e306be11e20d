import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { EVERYTHING } from './invalidation-channel.js';
import { ModelCacheService } from './model-cache.service.js';

/** Two caches whose news reach each other when the test says so. */
let told: (readonly string[])[];
let hear: (tags: readonly string[]) => void;
let cache: ModelCacheService;

beforeEach(async () => {
  vi.useFakeTimers();
  told = [];
  cache = await newCache(30);
});

afterEach(() => {
  vi.useRealTimers();
});

async function newCache(cacheTtlSeconds: number): Promise<ModelCacheService> {
  const created = new ModelCacheService(
    { cacheTtlSeconds },
    {
      listen: (changed) => {
        hear = changed;
        return Promise.resolve();
      },
      tell: (tags) => void told.push(tags),
    },
  );
  await created.onModuleInit();
  return created;
}

/** Reads the key, which depends on the tags; `value` is what the database holds now. */
const read = (value: unknown, tags = ['t'], key = 'k') =>
  cache.load(key, tags, () => Promise.resolve(value));

describe('a value', () => {
  it('is read once', async () => {
    expect(await read(1)).toBe(1);
    expect(await read(2)).toBe(1);
    expect(cache.counts).toMatchObject({ hits: 1, misses: 1 });
  });

  it('can be looked at without waiting, while it is fresh', async () => {
    const date = new Date();
    await read(date);
    expect(cache.peek('k', Date)).toBe(date);
    expect(cache.peek('k', Map)).toBeUndefined();
    cache.invalidate(['t']);
    expect(cache.peek('k', Date)).toBeUndefined();
    await read(date);
    vi.advanceTimersByTime(30_001);
    expect(cache.peek('k', Date)).toBeUndefined();
  });

  it('is read again when its time is up', async () => {
    await read(1);
    vi.advanceTimersByTime(29_999);
    expect(await read(2)).toBe(1);
    vi.advanceTimersByTime(2);
    expect(await read(3)).toBe(3);
  });

  it('is not kept when it is null, nor when the time is zero', async () => {
    await read(null);
    expect(await read(1)).toBe(1);
    cache = await newCache(0);
    await read(1);
    expect(await read(2)).toBe(2);
  });

  it('is not kept when reading fails', async () => {
    const failing = cache.load('k', ['t'], () => Promise.reject(new Error('away')));
    await expect(failing).rejects.toThrow('away');
    expect(await read(1)).toBe(1);
  });

  it('is forgotten with any of its tags, and with no other', async () => {
    await read(1, ['a', 'b']);
    cache.invalidate(['c']);
    expect(await read(2, ['a', 'b'])).toBe(1);
    cache.invalidate(['b']);
    expect(await read(3, ['a', 'b'])).toBe(3);
    expect(told).toEqual([['c'], ['b']]);
    expect(cache.counts).toMatchObject({ invalidatedHere: 2, invalidatedElsewhere: 0 });
  });

  it('is forgotten when another process says so, and when everything may have changed', async () => {
    await read(1);
    hear(['t']);
    expect(await read(2)).toBe(2);
    hear([EVERYTHING]);
    expect(await read(3)).toBe(3);
    expect(told).toEqual([]);
    expect(cache.counts.invalidatedElsewhere).toBe(2);
  });

  it('is not trusted once too many changes came after it to remember its own', async () => {
    await read(1, ['mine']);
    cache.invalidate(['mine']);
    for (let index = 0; index < 100_000; index++) cache.invalidate([`other/${index}`]);
    expect(await read(2, ['mine'])).toBe(2);
  });
});

describe('a reading under way', () => {
  function slowly() {
    let end: (value: number) => void = () => undefined;
    const reading = new Promise<number>((resolve) => (end = resolve));
    return { value: cache.load('k', ['t'], () => reading), end };
  }

  it('is shared', async () => {
    const first = slowly();
    const second = read(2);
    first.end(1);
    expect(await Promise.all([first.value, second])).toEqual([1, 1]);
    expect(cache.counts).toMatchObject({ misses: 1, shared: 1 });
  });

  it('is neither shared nor kept after a change', async () => {
    const old = slowly();
    await vi.advanceTimersByTimeAsync(0); // so that the reading has begun
    cache.invalidate(['t']);
    expect(await read(2)).toBe(2);
    old.end(1);
    expect(await old.value).toBe(1);
    expect(await read(3)).toBe(2);
  });
});

describe('a write', () => {
  const failing = (message: string) => cache.guard(Promise.reject(new Error(message)));

  it('whose answer was lost may have changed everything', async () => {
    await read(1);
    await expect(failing('Connection terminated unexpectedly')).rejects.toThrow();
    expect(await read(2)).toBe(2);
    expect(told).toEqual([[EVERYTHING]]);
  });

  it.each(['no', 'Connection terminated due to connection timeout'])(
    'that was not carried out (%s) has changed nothing',
    async (message) => {
      await read(1);
      await expect(failing(message)).rejects.toThrow(message);
      expect(await read(2)).toBe(1);
      expect(told).toEqual([]);
    },
  );
});
