import { setTimeout as sleep } from 'node:timers/promises';

import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Redis } from 'ioredis';

import { ApiKeyService } from './auth/keys/api-key.service.js';
import { createApp } from './app.setup.js';
import { pendingMigrations } from './migrations/pending.js';
import { Config } from './shared/config.js';
import { Draining } from './shared/draining.js';
import { errorCode } from './shared/error-code.js';
import { inTime } from './shared/in-time.js';
import { RedisRetries } from './shared/queue/redis-retries.js';
import { startTracing, type Tracing } from './shared/tracing/tracing.js';

/** Requests and runs 7 s, side by side; then points 5 s, messages 2 s and connections 2 s. */
const CLOSE_WITHIN_MS = 17_000;

/** A running service. */
export interface Service {
  /** Where it listens. */
  readonly url: string;
  /** The admin key, when one was made at this start. */
  readonly firstAdminKey: string | null;
  /** Finishes what is under way, then stops. */
  close(): Promise<void>;
}

/** Why the service cannot start, in one sentence for the person who started it. */
export class StartError extends Error {}

/** @throws StartError, ConfigError */
export async function startService(config: Config): Promise<Service> {
  await checkDatabase(config.databaseUrl);
  if (config.redisUrl) await checkRedis(config.redisUrl);
  const tracing = config.tracing && (await startTracing(config.tracing));
  const app = await createApp(config);
  for (const risk of config.risks) new Logger('Config').warn(risk);
  try {
    await app.init();
    const serves = config.role !== 'worker';
    if (serves && config.adminApiKey) await app.get(ApiKeyService).setAdminKey(config.adminApiKey);
    // Fastify's own listen: Nest's would log a port in use before we can say it in one sentence.
    const url = await app
      .getHttpAdapter()
      .getInstance()
      .listen({ port: config.port, host: config.host });
    // After the port is ours: a key that was made but never shown would be lost.
    const firstAdminKey =
      serves && !config.adminApiKey ? await app.get(ApiKeyService).createFirstKey() : null;
    return { url, firstAdminKey, close: () => stopService(app, config, tracing) };
  } catch (error) {
    await app.close();
    await tracing?.close();
    throw errorCode(error) === 'EADDRINUSE'
      ? new StartError(`Port ${config.port} is in use; set PORT to another one.`)
      : error;
  }
}

/** @throws Error when a stage hangs that has no limit of its own */
async function stopService(
  app: NestFastifyApplication,
  config: Config,
  tracing: Tracing | null,
): Promise<void> {
  app.get(Draining).begin();
  await sleep(config.shutdownDelaySeconds * 1_000);
  await app.get(RedisRetries).over();
  const closed = await inTime(
    app.close().then(() => true),
    CLOSE_WITHIN_MS,
  );
  await tracing?.close();
  if (!closed) throw new Error(`The service did not close within ${CLOSE_WITHIN_MS / 1_000} s.`);
}

async function checkDatabase(url: string): Promise<void> {
  const pending = await pendingMigrations(url).catch((error: Error) => {
    throw new StartError(`${error.message}.`);
  });
  if (pending.length === 0) return;
  throw new StartError(
    `The database lacks the migrations ${pending.join(', ')}; run: npm run db:migrate`,
  );
}

async function checkRedis(url: string): Promise<void> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 5_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let fault: unknown;
  redis.on('error', (error) => (fault = error));
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    throw new StartError(`Redis at ${hostOf(url)} cannot be reached: ${reason(fault ?? error)}.`);
  } finally {
    redis.disconnect();
  }
}

/** Host and port only: the rest may hold a password. */
function hostOf(url: string): string {
  const { host } = new URL(url);
  return host;
}

/** Node puts several addresses' errors into one AggregateError without a message. */
function reason(error: unknown): string {
  if (error instanceof AggregateError) return reason(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  return error.message.replace(/\.$/, '');
}
