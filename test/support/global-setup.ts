import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { TestProject } from 'vitest/node';

import { startEmbeddedPostgres } from '../../src/embedded/postgres/embedded-postgres.js';
import { freePort } from './free-port.js';
import { RedisServer } from './redis-server.js';
import { ADMIN_KEY, checkLogs, PASSWORD } from './written-log.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A server whose database `template` is migrated and empty. */
    postgresUrl: string;
    /** Null: the queue lives in PostgreSQL. */
    redisUrl: string | null;
    /** Where the services write their logs. */
    logFolder: string;
  }
}

/**
 * One PostgreSQL, and for the Redis project one Redis, for all end-to-end files. In the
 * end, no secret may stand in what all of their services logged.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'model-catalog-test-'));
  chmodSync(dataDir, 0o755); // PostgreSQL may have to run as another user
  const postgres = await startEmbeddedPostgres({
    dataDir,
    database: 'template',
    notice: console.log,
    durable: false,
  });
  // A process of its own, as an operator would: the engine is one per process, and the projects'
  // set-ups share theirs.
  await promisify(execFile)(process.execPath, ['dist/migrations/cli.js', 'migrate'], {
    env: { ...process.env, DATABASE_URL: postgres.url },
  });
  const redis = project.config.env.TEST_QUEUE === 'redis' ? await startRedis() : null;
  project.provide('postgresUrl', postgres.url);
  project.provide('redisUrl', redis?.url ?? null);
  const logFolder = mkdtempSync(join(tmpdir(), 'model-catalog-logs-'));
  project.provide('logFolder', logFolder);
  return async () => {
    await redis?.kill?.();
    await postgres.stop();
    rmSync(dataDir, { recursive: true, force: true });
    try {
      checkLogs(logFolder, [ADMIN_KEY, PASSWORD, new URL(postgres.url).password]);
    } catch (error) {
      process.exitCode = 1; // Vitest only prints what ends a tear-down
      throw error;
    }
    rmSync(logFolder, { recursive: true, force: true });
  };
}

async function startRedis(): Promise<Pick<RedisServer, 'url'> & Partial<RedisServer>> {
  if (process.env.REDIS_URL) return { url: process.env.REDIS_URL };
  return RedisServer.start(await freePort());
}
