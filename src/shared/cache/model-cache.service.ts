import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { createCache } from 'cache-manager';
import { LRUCache } from 'lru-cache';

import { Config } from '../config.js';
import { mayHaveHappened } from '../database/prisma-errors.js';
import { JsonText } from '../http/json-text.js';
import { BoundedStore } from './bounded-store.js';
import { EVERYTHING, InvalidationChannel } from './invalidation-channel.js';

const MAX_ENTRIES = 10_000;
const MAX_TAGS = 100_000;
/** Anybody with a key can ask for any number of different lists. */
const MAX_BYTES = 128 * 1024 * 1024;
/** What surrounds an answer, or is kept in the place of one. */
const ENTRY_BYTES = 500;

/** A value that was read, and the moment its reading began. */
interface Read<T> {
  readonly value: T;
  readonly tags: readonly string[];
  readonly since: number;
}

/** What the cache did since the process started. */
export interface CacheCounts {
  hits: number;
  /** Reads of the database. */
  misses: number;
  /** Requests that waited for a read already under way. */
  shared: number;
  /** Tags found changed, by a write of this process. */
  invalidatedHere: number;
  /** … by a write of another one. */
  invalidatedElsewhere: number;
}

/**
 * Answers kept in memory until they are too old, or until something they depend on changes here or
 * in another process. Dependence is by tag: a write names the tags it changes, and whatever began
 * to be read before that is stale, even if its reading has not ended yet.
 */
@Injectable()
export class ModelCacheService implements OnModuleInit {
  readonly counts: CacheCounts = {
    hits: 0,
    misses: 0,
    shared: 0,
    invalidatedHere: 0,
    invalidatedElsewhere: 0,
  };
  private readonly ttlMs: number;
  private readonly store = new BoundedStore<Read<unknown>>(MAX_ENTRIES, MAX_BYTES, bytesOf);
  private readonly cache;
  private readonly underWay = new Map<string, Read<Promise<unknown>>>();
  /** Counts invalidations: the clock that readings and changes are compared by. */
  private clock = 0;
  /** When each tag changed last. */
  private readonly changed: LRUCache<string, number>;
  /** What began to be read before this may be stale, whatever it depends on. */
  private floor = 0;

  constructor(
    @Inject(Config) config: Pick<Config, 'cacheTtlSeconds'>,
    @Inject(InvalidationChannel)
    private readonly channel: Pick<InvalidationChannel, 'listen' | 'tell'>,
  ) {
    this.ttlMs = config.cacheTtlSeconds * 1000;
    this.cache = createCache({ stores: [this.store.keyv] });
    this.changed = new LRUCache({
      max: MAX_TAGS,
      dispose: (clock, _tag, reason) => {
        if (reason === 'evict') this.floor = Math.max(this.floor, clock);
      },
    });
  }

  async onModuleInit(): Promise<void> {
    await this.channel.listen((tags) => {
      this.counts.invalidatedElsewhere += tags.length;
      this.forget(tags);
    });
  }

  /**
   * The value kept under the key, or else read now; simultaneous requests share one reading. Null,
   * for what does not exist, is not kept: anybody can ask for any number of such things.
   * @param ttlMs how long it is kept at most; left out, as long as answers are (CACHE_TTL_SECONDS)
   */
  async load<T>(
    key: string,
    tags: readonly string[],
    read: () => Promise<T>,
    ttlMs = this.ttlMs,
  ): Promise<T> {
    if (ttlMs === 0) return read();
    const kept = await this.cache.get<Read<T>>(key);
    if (kept && this.isFresh(kept)) {
      this.counts.hits++;
      return kept.value;
    }
    const running = this.underWay.get(key);
    if (running && this.isFresh(running)) {
      this.counts.shared++;
      return running.value as Promise<T>;
    }
    return this.readNow(key, tags, read, ttlMs);
  }

  /**
   * The value kept under the key, if there is one of this class, at once. The caller counts what it makes of it.
   * Past cache-manager, which would take as long as the rest of a hot answer.
   */
  peek<T>(key: string, type: abstract new (...parts: never[]) => T): T | undefined {
    const kept = this.store.peek(key);
    return kept?.value instanceof type && this.isFresh(kept) ? kept.value : undefined;
  }

  /** Says that a committed write changed what these tags stand for, here and in every process. */
  invalidate(tags: readonly string[]): void {
    this.counts.invalidatedHere += tags.length;
    this.forget(tags);
    this.channel.tell(tags);
  }

  /** What a write returns. Where its answer was lost, all may have changed, and is found changed. */
  async guard<T>(write: Promise<T>): Promise<T> {
    try {
      return await write;
    } catch (error) {
      if (mayHaveHappened(error)) this.invalidate([EVERYTHING]);
      throw error;
    }
  }

  private async readNow<T>(
    key: string,
    tags: readonly string[],
    read: () => Promise<T>,
    ttlMs: number,
  ): Promise<T> {
    this.counts.misses++;
    const since = this.clock;
    const reading: Read<Promise<T>> = { value: read(), tags, since };
    this.underWay.set(key, reading);
    try {
      const value = await reading.value;
      if (value !== null && this.isFresh(reading)) {
        await this.cache.set(key, { value, tags, since }, ttlMs);
      }
      return value;
    } finally {
      if (this.underWay.get(key) === reading) this.underWay.delete(key);
    }
  }

  private forget(tags: readonly string[]): void {
    this.clock++;
    if (tags.includes(EVERYTHING)) this.floor = this.clock;
    for (const tag of tags) this.changed.set(tag, this.clock);
  }

  private isFresh({ tags, since }: Read<unknown>): boolean {
    // peek: a tag's place among the remembered ones is by its change, not by its use.
    return since >= this.floor && tags.every((tag) => (this.changed.peek(tag) ?? 0) <= since);
  }
}

function bytesOf({ value }: Read<unknown>): number {
  return ENTRY_BYTES + (value instanceof JsonText ? value.length : 0);
}
