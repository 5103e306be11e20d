import { Injectable } from '@nestjs/common';
import { RateLimiterMemory } from 'rate-limiter-flexible';

import { ProblemException } from '../shared/http/problem.js';

/** From one address, in a minute. */
const MOST = 100;

/**
 * Bearer tokens that were wrong, by the address they came from: from one that sends many, none is
 * looked up for the rest of the minute. Counted in this process: a key is too long to be guessed,
 * so this only spares the database.
 */
@Injectable()
export class FailedKeys {
  private readonly limiter = new RateLimiterMemory({ points: MOST, duration: 60 });

  /** @throws ProblemException 429 */
  async check(address: string): Promise<void> {
    const failed = await this.limiter.get(address);
    if (!failed || failed.consumedPoints < MOST) return;
    const retryAfterMs = failed.msBeforeNext;
    throw new ProblemException(429, 'Too many wrong keys; try again in a minute.', {
      retryAfterMs,
    });
  }

  async count(address: string): Promise<void> {
    await this.limiter.penalty(address);
  }
}
