import { once } from 'node:events';
import { createServer } from 'node:http';

import { afterEach, describe, expect, inject, it } from 'vitest';

import { startService, type Service } from '../src/service.js';
import { Config } from '../src/shared/config.js';
import { ChildService } from './support/child-service.js';
import { jobBecomes, requestJob, requestJobs } from './support/jobs.js';
import { Rows } from './support/rows.js';
import { ScriptedProvider } from './support/scripted-provider.js';
import { newDatabase, newRedis, ServiceClient, TestService } from './support/service.js';

let service: Service | undefined;

afterEach(async () => {
  await service?.close();
  service = undefined;
});

async function settings(env: Record<string, string> = {}): Promise<Config> {
  const redisUrl = await newRedis();
  return Config.from({
    DATABASE_URL: await newDatabase(),
    ...(redisUrl && { REDIS_URL: redisUrl }),
    ...{ HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'silent' },
    ...env,
  });
}

describe('starting', () => {
  it('makes an admin key once, which opens the API', async () => {
    const config = await settings();
    service = await startService(config);
    const { api } = new ServiceClient(service.url, String(service.firstAdminKey));
    expect((await api.GET('/api/v2/models')).response.status).toBe(200);
    await service.close();
    service = await startService(config);
    expect(service.firstAdminKey).toBeNull();
  });

  it('writes times in UTC and finds its queue, whatever options the URL of the database has', async () => {
    const url = new URL(await newDatabase());
    url.searchParams.set('options', '-c timezone=Asia/Tokyo -c search_path=public,pg_catalog');
    const catalogue = await TestService.start({ DATABASE_URL: url.href, ROLE: 'api' });
    try {
      const ready = () => catalogue.call('GET', '/health/ready', undefined, '');
      expect((await ready()).body).toMatchObject({ status: 'ok' });
      await requestJob(catalogue, await new Rows(catalogue).deployedAt('http://127.0.0.1:9', 'a'));
      const { rows } = await catalogue.database.query<{ age: number }>(
        `SELECT extract(epoch FROM now() - "createdAt" AT TIME ZONE 'UTC')::float8 AS age
           FROM certification_batches`,
      );
      expect(Math.abs(rows[0]?.age ?? Infinity)).toBeLessThan(60);
    } finally {
      await catalogue.close();
    }
  });

  it('takes the first admin key for the chosen one, which ends the one chosen before', async () => {
    const { databaseUrl } = await settings();
    const startWith = async (chosen: Record<string, string>) => {
      await service?.close();
      service = await startService(await settings({ DATABASE_URL: databaseUrl, ...chosen }));
      return service;
    };
    const opens = async (key: string) => {
      const { api } = new ServiceClient(String(service?.url), key);
      return (await api.GET('/api/v2/users')).response.status === 200;
    };
    const first = String((await startWith({})).firstAdminKey);
    const other = 'another-chosen-key-0123456789';
    await startWith({ ADMIN_API_KEY: other });
    expect([await opens(first), await opens(other)]).toEqual([true, true]);
    await startWith({ ADMIN_API_KEY: first });
    expect([await opens(first), await opens(other)]).toEqual([true, false]);
    await startWith({ ADMIN_API_KEY: other });
    expect([await opens(first), await opens(other)]).toEqual([true, true]);
  });

  it('takes no other key for the chosen one', async () => {
    const config = await settings();
    service = await startService(config);
    const { api } = new ServiceClient(service.url, String(service.firstAdminKey));
    const body = { name: 'a viewer', role: 'viewer' } as const;
    const { data } = await api.POST('/api/v2/api-keys', { body });
    await service.close();
    const { databaseUrl } = config;
    const wrong = await settings({ DATABASE_URL: databaseUrl, ADMIN_API_KEY: String(data?.key) });
    await expect(startService(wrong)).rejects.toThrow(
      'ADMIN_API_KEY is the API key "a viewer", which is not an admin\'s for good',
    );
  });

  it('says in one sentence that the port is in use, and makes no key', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address ? String(address.port) : '';
    const { databaseUrl } = await settings();
    const busy = await settings({ PORT: port, DATABASE_URL: databaseUrl });
    await expect(startService(busy)).rejects.toThrow(`Port ${port} is in use`);
    other.close();
    service = await startService(await settings({ DATABASE_URL: databaseUrl }));
    expect(service.firstAdminKey).not.toBeNull();
  });

  it('says what to do about a database that was not migrated', async () => {
    const url = new URL(inject('postgresUrl'));
    url.pathname = '/postgres';
    const config = await settings({ DATABASE_URL: url.href });
    await expect(startService(config)).rejects.toThrow('run: npm run db:migrate');
  });

  it.each([
    [
      { DATABASE_URL: 'postgresql://user:hidden@127.0.0.1:1/x' },
      /^PostgreSQL at 127.0.0.1:1 cannot/,
    ],
    [{ REDIS_URL: 'redis://:hidden@127.0.0.1:1' }, /^Redis at 127.0.0.1:1 cannot be reached/],
  ])('names the server that cannot be reached, and no password: %j', async (env, sentence) => {
    const config = await settings(env);
    const error: unknown = await startService(config).catch((reason: unknown) => reason);
    expect(String(error)).toMatch(new RegExp(sentence.source.replace('^', '^Error: ')));
    expect(String(error)).not.toContain('hidden');
  });

  it('serves health but no API as a worker', async () => {
    service = await startService(await settings({ ROLE: 'worker' }));
    const { api } = new ServiceClient(service.url, '');
    expect((await api.GET('/health/ready')).response.status).toBe(200);
    // Past the contract, which is the API's.
    expect((await fetch(`${service.url}/api/v2/models`)).status).toBe(404);
    expect((await fetch(`${service.url}/openapi.json`)).status).toBe(404);
  });

  it('takes up all the work that waits for it, not one run after the other', async () => {
    const hung = await ScriptedProvider.start({ silent: true });
    const catalogue = await TestService.start({ ROLE: 'api' });
    const rows = new Rows(catalogue);
    const deployments = [
      await rows.deployedAt(hung.url, 'hung-1'),
      await rows.deployedAt(hung.url, 'hung-2'),
      await rows.deployedAt(hung.url, 'hung-3'),
    ];
    const jobs = await requestJobs(catalogue, deployments);
    const worker = await ChildService.start(catalogue, { ROLE: 'worker' });
    await Promise.all(jobs.map((job) => jobBecomes(catalogue, job, { status: 'PROCESSING' })));
    await worker.close('SIGKILL');
    await catalogue.close();
    await hung.close();
  }, 60_000);
});
