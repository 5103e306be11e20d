import { setTimeout as sleep } from 'node:timers/promises';

import { getQueueToken } from '@nestjs/bullmq';
import { EventEmitter2 } from '@nestjs/event-emitter';
import type { Queue } from 'bullmq';
import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import { expect, it } from 'vitest';

import { createApp } from '../src/app.setup.js';
import { CERTIFICATION_QUEUE } from '../src/certification/queue/certification-queue.js';
import { SCHEDULE_QUEUE } from '../src/certification/schedule/schedule-queue.js';
import {
  InvocationFinishedEvent,
  type FinishedInvocation,
} from '../src/deployments/invoke/invocation-finished.event.js';
import { MetricsService } from '../src/metrics/metrics.service.js';

import { MOST_KEPT } from '../src/shared/batch-buffer.js';
import { Config } from '../src/shared/config.js';
import { OwnPostgres } from './support/own-postgres.js';
import { UNKNOWN } from './support/samples.js';
import { newRedis } from './support/service.js';

const AWAY_MS = 20_000;
/** Calls that end while the database is away: each leaves four points, more than are kept. */
const CALLS_AWAY = 20_000;
const POINTS_OF_CALL = 4;

const CALL: Omit<FinishedInvocation, 'at'> = {
  ...{ id: UNKNOWN, deploymentId: UNKNOWN, providerId: UNKNOWN, baseModelId: UNKNOWN },
  ...{ region: 'us-east-1', ok: true, category: null, refused: false, latencyMs: 120 },
  ...{ firstTokenMs: 30, inputTokens: 11, outputTokens: 7, costUsd: 0.25 },
};

it('metrics outlive a database that is away for 20 s under load, and say what was dropped', async () => {
  const postgres = await OwnPostgres.start();
  const redisUrl = await newRedis();
  const app = await createApp(
    Config.from({
      ...{ DATABASE_URL: postgres.url, ROLE: 'api', LOG_LEVEL: 'silent' },
      ...(redisUrl && { REDIS_URL: redisUrl }),
    }),
  );
  await app.init();
  // A queue that has just started must not be the one that fails here.
  for (const name of [CERTIFICATION_QUEUE, SCHEDULE_QUEUE]) {
    await app.get<Queue>(getQueueToken(name)).waitUntilReady();
  }
  const { counts } = app.get(MetricsService);
  const events = app.get(EventEmitter2);
  let sent = 0;
  /** Calls that end, evenly over some time. */
  const load = async (calls: number, milliseconds: number) => {
    const began = performance.now();
    for (let told = 0; told < calls; await sleep(10)) {
      const by = Math.min(1, (performance.now() - began) / milliseconds) * calls;
      for (; told < by; told += 1) {
        const event = new InvocationFinishedEvent({ ...CALL, at: new Date() });
        events.emit(InvocationFinishedEvent.NAME, event);
        sent += POINTS_OF_CALL;
      }
    }
  };
  const unsettled = () => sent - counts.written - counts.dropped;
  const live = async () => {
    const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
    return (await fastify.inject({ method: 'GET', url: '/health/live' })).statusCode;
  };

  await load(1_000, 1_000);
  await postgres.kill();
  await load(CALLS_AWAY, AWAY_MS);
  expect(await live()).toBe(200);
  // Whatever is beyond the buffer went at once: the memory is bounded.
  expect(unsettled()).toBeLessThanOrEqual(MOST_KEPT);
  expect(counts.dropped).toBeGreaterThanOrEqual(CALLS_AWAY * POINTS_OF_CALL - MOST_KEPT);
  await postgres.restart();
  await load(1_000, 1_000);
  await expect.poll(unsettled, { timeout: 60_000, interval: 100 }).toBe(0);

  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  const { rows } = await client.query<{ stored: number }>(
    'SELECT count(*)::int AS stored FROM system_metrics',
  );
  await client.end();
  expect(rows).toEqual([{ stored: sent - counts.dropped }]);
  await app.close();
  await postgres.close();
}, 180_000);
