import { connectionTo } from '../database/connection-to.js';
import type { RedisRetries } from './redis-retries.js';

/**
 * A host that was lost never says so: BullMQ waits so long for an answer, and then connects anew.
 * Longer than it lets Redis keep it waiting for a job.
 */
const SILENCE_MS = 25_000;

/** How BullMQ reaches Redis. */
export function redisConnection(url: string, { next }: RedisRetries) {
  return { url, retryStrategy: next, socketTimeout: SILENCE_MS };
}

interface PostgresConnection extends ReturnType<typeof connectionTo> {
  readonly migrate: true;
  readonly max: number;
  readonly query_timeout: number;
  readonly connectionTimeoutMillis: number;
  /** For @nestjs/bullmq, which knows Redis' options only; the PostgreSQL backend gets them unchanged. */
  readonly connectionName?: string;
}

/** How BullMQ reaches PostgreSQL. @param max connections at a time, besides the one it listens on */
export function postgresConnection(databaseUrl: string, max: number): PostgresConnection {
  return {
    // A wake-up lost with a crash of the server is made anew from the run, which is not lost.
    ...connectionTo(databaseUrl, '-c synchronous_commit=off -c jit=off'),
    ...{ migrate: true, max },
    // The one it listens on hears nothing for hours: TCP keeps that alive, and ends it when it is lost.
    query_timeout: SILENCE_MS,
    connectionTimeoutMillis: SILENCE_MS,
  };
}
