import { connectionTo } from '../database/connection-to.js';
import type { RedisRetries } from './redis-retries.js';

/** How BullMQ reaches Redis. */
export function redisConnection(url: string, { next }: RedisRetries) {
  return { url, retryStrategy: next };
}

interface PostgresConnection extends ReturnType<typeof connectionTo> {
  readonly migrate: true;
  readonly max: number;
  /** For @nestjs/bullmq, which knows Redis' options only; the PostgreSQL backend gets them unchanged. */
  readonly connectionName?: string;
}

/** How BullMQ reaches PostgreSQL. @param max connections at a time, besides the one it listens on */
export function postgresConnection(databaseUrl: string, max: number): PostgresConnection {
  // A wake-up lost with a crash of the server is made anew from the run, which is not lost.
  const options = '-c synchronous_commit=off -c jit=off';
  return { ...connectionTo(databaseUrl, options), migrate: true, max };
}
