import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

import { Config } from '../shared/config.js';
import { ProblemException } from '../shared/http/problem.js';
import type { Caller } from './authenticated.js';

const WINDOW_MS = 60_000;
/** Of as many callers the requests are counted. */
const MAX_CALLERS = 10_000;

/** What a caller has left. */
interface Window {
  left: number;
  /** When it is over, by the monotonic clock. */
  readonly until: number;
}

/**
 * Requests of each caller within a minute that begins with the first of them, counted in this
 * process: n processes let through n times as many. The limits that bind over all processes (logins,
 * calls of deployments) are counted elsewhere. Its own few lines, because libraries answer by a
 * promise, for which an answer from memory does not wait.
 */
@Injectable()
export class CallerLimits {
  private readonly most: number;
  private readonly windows = new LRUCache<string, Window>({ max: MAX_CALLERS });

  constructor(@Inject(Config) { rateLimitPerMinute }: Pick<Config, 'rateLimitPerMinute'>) {
    this.most = rateLimitPerMinute;
  }

  /** Counts a request. @returns whether it is within the limit */
  take({ id }: Pick<Caller, 'id'>): boolean {
    if (this.most === 0) return true;
    const now = performance.now();
    const known = this.windows.get(id);
    const window = known && known.until > now ? known : { left: this.most, until: now + WINDOW_MS };
    if (window !== known) this.windows.set(id, window);
    return window.left-- > 0;
  }

  /** The headers that say what a caller has left; none without a limit. */
  headersOf({ id }: Pick<Caller, 'id'>): Record<string, string> {
    const window = this.windows.get(id);
    if (!window) return {};
    const seconds = Math.max(0, Math.ceil((window.until - performance.now()) / 1000));
    return {
      'ratelimit-policy': `"caller";q=${this.most};w=${WINDOW_MS / 1000}`,
      ratelimit: `"caller";r=${Math.max(0, window.left)};t=${seconds}`,
    };
  }

  /** What a caller is told whose limit is reached. */
  refusal({ id }: Pick<Caller, 'id'>): ProblemException {
    const until = this.windows.get(id)?.until ?? 0;
    const detail = `More than ${this.most} requests a minute; wait for the next one.`;
    return new ProblemException(429, detail, { retryAfterMs: until - performance.now() });
  }
}
