import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { createPostgresBackend, setDefaultBackendFactory, type QueueOptions } from 'bullmq';

import { Config } from '../config.js';
import { queueTelemetry } from '../tracing/queue-telemetry.js';
import { RedisRetries } from './redis-retries.js';

/** Where all queues live: Redis when REDIS_URL is set, else the same PostgreSQL as everything. */
@Module({
  imports: [
    BullModule.forRootAsync({
      inject: [Config, RedisRetries],
      useFactory: async (config: Config, retries: RedisRetries) => {
        // Process-wide, and read when a queue is built, which Nest does after this factory.
        setDefaultBackendFactory(config.redisUrl ? undefined : createPostgresBackend);
        const telemetry = config.tracing ? await queueTelemetry() : undefined;
        return { connection: connectionOf(config, retries), ...(telemetry && { telemetry }) };
      },
    }),
  ],
})
export class QueueModule {}

function connectionOf(config: Config, retries: RedisRetries): QueueOptions['connection'] {
  if (config.redisUrl) return { url: config.redisUrl, retryStrategy: retries.next };
  // @nestjs/bullmq knows Redis' options only; the PostgreSQL backend gets these unchanged.
  const postgres: {
    connectionString: string;
    migrate: boolean;
    max: number;
    options: string;
    connectionName?: string;
  } = {
    ...{ connectionString: config.databaseUrl, migrate: true, max: 5 },
    // A wake-up lost with a crash of the server is made anew from the run, which is not lost.
    options: '-c synchronous_commit=off -c jit=off',
  };
  return postgres;
}
