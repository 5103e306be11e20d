import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { createPostgresBackend, setDefaultBackendFactory } from 'bullmq';

import { Config } from '../config.js';
import { queueTelemetry } from '../tracing/queue-telemetry.js';
import { postgresConnection, redisConnection } from './connections.js';
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
        const connection = config.redisUrl
          ? redisConnection(config.redisUrl, retries)
          : postgresConnection(config.databaseUrl, 5);
        return { connection, ...(telemetry && { telemetry }) };
      },
    }),
  ],
})
export class QueueModule {}
