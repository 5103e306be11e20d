import { setTimeout as sleep } from 'node:timers/promises';

import { Injectable } from '@nestjs/common';

import { Draining } from '../draining.js';

/** BullMQ's own waits grow to 20 s, in which a Redis that is back is not noticed. */
const LONGEST_WAIT_MS = 1_000;
/** A server that is away refuses a connection within this time, and mostly at once. */
const REFUSED_WITHIN_MS = 100;

/** When BullMQ's connections to a Redis that is away are tried again: not once the process stops. */
@Injectable()
export class RedisRetries {
  /** In milliseconds of the monotonic clock. */
  private lastAt = -Infinity;

  constructor(private readonly draining: Draining) {}

  /**
   * Asked by ioredis after each attempt.
   * @param failed attempts so far
   * @returns milliseconds until the next one; null: there is none
   */
  readonly next = (failed: number): number | null => {
    if (this.draining.isBegun) return null;
    const waitMs = Math.min(100 * failed, LONGEST_WAIT_MS);
    this.lastAt = Math.max(this.lastAt, performance.now() + waitMs);
    return waitMs;
  };

  /**
   * Returns once no connection waits any more. ioredis never says of one that does that it was
   * closed, and BullMQ's close would wait for that for ever.
   */
  async over(): Promise<void> {
    const leftMs = this.lastAt + REFUSED_WITHIN_MS - performance.now();
    if (leftMs > 0) await sleep(leftMs);
  }
}
