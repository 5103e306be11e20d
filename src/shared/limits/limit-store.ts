import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import {
  RateLimiterPostgres,
  RateLimiterRedis,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible';

import { Chore } from '../chore.js';
import type { PrismaService } from '../database/prisma.service.js';
import { inTime } from '../in-time.js';
import { seldom } from '../logging/seldom.js';

/** A window begins with the first request after the one before is over. */
export const WINDOW_SECONDS = 60;
const START_MS = 2_000;
const COMMAND_MS = 2_000;
const CLEAN_MS = 300_000;

/** How whoever counts decides what is too much: the library itself never refuses. */
export const COUNTING = {
  points: Number.MAX_SAFE_INTEGER,
  duration: WINDOW_SECONDS,
  keyPrefix: 'model-catalog:limits',
};

/** Where the counts live that all processes share. */
export interface LimitStore {
  readonly limiter: RateLimiterAbstract;
  open(): Promise<void> | void;
  close(): void;
}

/** Counts in Redis, which forgets them by itself. */
export function redisStore(url: string): LimitStore {
  const logger = new Logger('LimitStore');
  const client = new Redis(url, {
    lazyConnect: true,
    // A request is not to wait for a Redis that is away.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_MS,
  });
  client.on(
    'error',
    seldom((message) => logger.warn(`Rate limits: ${message}`)),
  );
  return {
    limiter: new RateLimiterRedis({ ...COUNTING, storeClient: client }),
    async open() {
      await inTime(
        client.connect().catch(() => undefined), // it goes on trying
        START_MS,
      );
    },
    close: () => client.disconnect(),
  };
}

/** Counts in the table of a migration; rows of windows that are over are removed from time to time. */
export function postgresStore(prisma: PrismaService): LimitStore {
  const cleaning = new Chore('LimitStore', 'Windows that are over were not removed', CLEAN_MS, () =>
    prisma.rateLimit.deleteMany({ where: { expire: { lt: Date.now() } } }),
  );
  return {
    limiter: new RateLimiterPostgres({
      ...COUNTING,
      storeClient: prisma.pool,
      storeType: 'pool',
      tableName: 'rate_limits',
      tableCreated: true,
      clearExpiredByTimeout: false, // its timer could not be stopped
    }),
    open: () => cleaning.start(),
    close: () => cleaning.stop(),
  };
}
