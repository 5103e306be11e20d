import { readFile } from 'node:fs/promises';

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { newDatabase, newRedis, TestService } from './support/service.js';
import { TcpProxy } from './support/tcp-proxy.js';

let catalogue: TestService;
let database: TcpProxy;
let redis: TcpProxy | null = null;

beforeAll(async () => {
  database = await TcpProxy.before(await newDatabase());
  const redisUrl = await newRedis();
  if (redisUrl) redis = await TcpProxy.before(redisUrl);
  catalogue = await TestService.start({
    DATABASE_URL: database.url,
    ...(redis && { REDIS_URL: redis.url }),
  });
  await catalogue.call('GET', '/health/live'); // the first answer waits for the document it is held to
});

afterAll(async () => {
  await catalogue.close();
  await Promise.all([database.close(), redis?.close()]);
});

const UP = { status: 'up', responseTime: expect.any(Number) as number };
const ALL_UP = { database: UP, migrations: UP, queue: UP, draining: UP };

/** What ready answers, and that it takes no longer than its time limit allows. */
async function ready() {
  const start = performance.now();
  const { status, body, headers } = await catalogue.call('GET', '/health/ready', undefined, '');
  expect(performance.now() - start).toBeLessThan(2_500);
  return { status, body, retryAfter: headers.get('retry-after') };
}

describe('health', () => {
  it('is ready when everything answers, and says so of each', async () => {
    const { status, body } = await ready();
    expect(status).toBe(200);
    expect(body).toEqual({ status: 'ok', info: ALL_UP, error: {}, details: ALL_UP });
  });

  it('says what the process is', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    const { status, body } = await catalogue.call('GET', '/health/info', undefined, '');
    expect(status).toBe(200);
    expect(body).toEqual({
      version,
      roles: ['api', 'worker'],
      backends: {
        postgres: expect.stringMatching(/^\d+/) as string,
        queue: inject('redisUrl') ? 'redis' : 'postgres',
      },
      uptimeSeconds: expect.any(Number) as number,
    });
  });

  it('is not ready while the database lacks a migration', async () => {
    const last = `(SELECT max(migration_name) FROM _prisma_migrations)`;
    const set = (value: string) =>
      catalogue.database.query(
        `UPDATE _prisma_migrations SET rolled_back_at = ${value} WHERE migration_name = ${last}`,
      );
    await set('now()');
    const { status, body, retryAfter } = await ready();
    await set('NULL');
    expect(status).toBe(503);
    expect(retryAfter).toBe('5');
    expect(body).toMatchObject({
      detail: 'Not ready: migrations.',
      indicators: { database: 'up', migrations: 'down', queue: 'up', draining: 'up' },
    });
    expect((await ready()).status).toBe(200);
  });

  it.each(['silence', 'cut'] as const)(
    'is alive but not ready while the database is away (%s), and ready again after it',
    async (fault) => {
      database[fault]();
      const { status, body } = await ready();
      const live = await catalogue.call('GET', '/health/live', undefined, '');
      const start = performance.now();
      const metrics = await (await fetch(`${catalogue.url}/metrics`)).text();
      expect(performance.now() - start).toBeLessThan(2_000);
      database.restore();
      expect(status).toBe(503);
      expect(body.indicators).toMatchObject({ database: 'down', draining: 'up' });
      expect(JSON.stringify(body)).not.toContain('127.0.0.1');
      expect(live.status).toBe(200);
      expect(metrics).toContain('model_catalog_database_up 0\n');
      expect(metrics).not.toMatch(/^model_catalog_queue_\w+[ {]/m);
      await expect.poll(ready, { timeout: 20_000 }).toMatchObject({ status: 200 });
    },
    40_000,
  );

  it.skipIf(!inject('redisUrl')).each(['silence', 'cut'] as const)(
    'is not ready while Redis is away (%s), and ready again after it',
    async (fault) => {
      redis?.[fault]();
      const { status, body } = await ready();
      redis?.restore();
      expect(status).toBe(503);
      expect(body).toMatchObject({
        detail: 'Not ready: queue.',
        indicators: { database: 'up', migrations: 'up', queue: 'down', draining: 'up' },
      });
      await expect.poll(ready, { timeout: 20_000 }).toMatchObject({ status: 200 });
    },
    40_000,
  );

  it('is ready again although all of its connections were lost without a word', async () => {
    for (const proxy of [database, redis]) proxy?.lose();
    await expect.poll(ready, { timeout: 45_000, interval: 500 }).toMatchObject({ status: 200 });
    for (const proxy of [database, redis]) proxy?.restore();
  }, 60_000);
});
