import { setTimeout as sleep } from 'node:timers/promises';

import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ChildService } from './support/child-service.js';
import { parseExposition, valueOf } from './support/exposition.js';
import { CAPABILITIES, MODEL, PRICES, PROVIDER } from './support/samples.js';
import { ServiceClient, TestService, type Answer } from './support/service.js';
import { TcpProxy } from './support/tcp-proxy.js';

/** Two API processes on one database: this one, and a child. */
let here: TestService;
let there: ChildService;
const TTL_SECONDS = 5;

beforeAll(async () => {
  const env = { CACHE_TTL_SECONDS: '600' };
  here = await TestService.start(env);
  there = await ChildService.start(here, { CACHE_TTL_SECONDS: String(TTL_SECONDS) });
});

afterAll(async () => {
  await there.close();
  await here.close();
});

async function field(service: ServiceClient, path: string, name: string): Promise<unknown> {
  const { status, body } = await service.call('GET', path);
  expect(status).toBe(200);
  return body[name];
}

describe('an answer from memory', () => {
  /** Of an answer: what describes the body. */
  const describing = ({ headers }: Answer) =>
    ['content-type', 'content-length', 'etag'].map((name) => [name, headers.get(name)]);
  const hits = async () => {
    const text = await (await fetch(`${here.url}/metrics`)).text();
    return valueOf(parseExposition(text), 'model_catalog_cache_requests_total', 'result="hit"');
  };

  it.each([
    ['short', 'Ä'],
    ['long', '€'.repeat(5_000)],
  ])('is the first one again: %s', async (_, description) => {
    const model = { ...MODEL, name: `Kept ${description.slice(0, 1)}`, description };
    const path = `/api/v2/models/${await here.create('/api/v2/models', model)}`;
    const ask = (headers: Record<string, string> = {}) =>
      here.call('GET', path, undefined, undefined, headers);
    const first = await ask();
    const before = await hits();
    const kept = await ask({ 'x-request-id': 'asked-again' });
    expect(await hits()).toBe(before + 1);
    expect(kept.status).toBe(200);
    expect(kept.text).toBe(first.text);
    expect(describing(kept)).toEqual(describing(first));
    expect(kept.headers.get('x-request-id')).toBe('asked-again');
    expect(kept.headers.get('x-content-type-options')).toBe('nosniff');

    const etag = String(first.headers.get('etag'));
    const known = await ask({ 'if-none-match': `W/${etag}, "other"` });
    expect(await hits()).toBe(before + 2);
    expect([known.status, known.text]).toEqual([304, '']);
    expect(describing(known)).toEqual([
      ['content-type', null],
      ['content-length', null],
      ['etag', etag],
    ]);
    expect((await ask({ 'if-none-match': '"other"' })).text).toBe(first.text);
  });
});

describe('a write', () => {
  it('is seen by the very next read through the same process', async () => {
    const id = await here.create('/api/v2/models', { ...MODEL, name: 'Local' });
    const path = `/api/v2/models/${id}`;
    for (let version = 0; version < 20; version++) {
      await here.call('PATCH', path, { version: `v${version}` });
      expect(await field(here, path, 'version')).toBe(`v${version}`);
      const { body } = await here.call('GET', '/api/v2/models?q=local');
      expect(body.data).toMatchObject([{ version: `v${version}` }]);
    }
    expect((await here.call('DELETE', path)).status).toBe(204);
    expect((await here.call('GET', path)).status).toBe(404);
  });

  it('is seen through the other process within a second, and nothing older after it', async () => {
    const id = await here.create('/api/v2/models', { ...MODEL, name: 'Remote' });
    const path = `/api/v2/models/${id}`;
    expect(await field(there, path, 'version')).toBeNull();
    for (let version = 1; version <= 10; version++) {
      await here.call('PATCH', path, { version: String(version) });
      const written = performance.now();
      let seen = 0;
      while (seen < version) {
        const now = Number(await field(there, path, 'version'));
        expect(now).toBeGreaterThanOrEqual(seen);
        seen = now;
        expect(performance.now() - written).toBeLessThan(1_000);
      }
    }
  });

  it('never lets a reader see the old after the new, while both processes are read and written', async () => {
    const id = await here.create('/api/v2/models', { ...MODEL, name: 'Busy', version: '0' });
    const path = `/api/v2/models/${id}`;
    let writing = true;
    const reader = async (service: ServiceClient) => {
      let seen = 0;
      let reads = 0;
      while (writing) {
        const now = Number(await field(service, path, 'version'));
        expect(now).toBeGreaterThanOrEqual(seen);
        seen = now;
        reads++;
      }
      return reads;
    };
    const readers = [here, there, here, there].map(reader);
    for (let version = 1; version <= 40; version++) {
      await (version % 2 ? here : there).call('PATCH', path, { version: String(version) });
    }
    writing = false;
    for (const reads of await Promise.all(readers)) expect(reads).toBeGreaterThan(10);
  }, 120_000);

  it('of a deployment changes the comparison of prices, and a provider closes its offers', async () => {
    const baseModelId = await here.create('/api/v2/models', { ...MODEL, name: 'Compared' });
    const providerId = await here.create('/api/v2/providers', PROVIDER);
    const path = `/api/v2/models/${baseModelId}/compare-prices`;
    expect(await field(there, path, 'offers')).toEqual([]);
    const body = { baseModelId, providerId, deploymentId: 'd', ...PRICES };
    const id = await here.create('/api/v2/deployments', body);
    await expect.poll(() => field(there, path, 'offers'), { timeout: 1_000 }).toHaveLength(1);
    await there.call('PATCH', `/api/v2/deployments/${id}`, { costPer1MInput: 4 });
    await expect
      .poll(() => field(here, path, 'offers'), { timeout: 1_000 })
      .toMatchObject([{ costPer1MInput: 4 }]);
    await here.call('PATCH', `/api/v2/providers/${providerId}`, { isActive: false });
    await expect.poll(() => field(there, path, 'offers'), { timeout: 1_000 }).toEqual([]);
  });
});

it('gives simultaneous readers one reading and the same answer', async () => {
  const capabilities = { ...CAPABILITIES, vision: true };
  await here.create('/api/v2/models', { ...MODEL, name: 'Shared', capabilities });
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => here.call('GET', '/api/v2/models?capability=vision')),
  );
  expect(new Set(answers.map(({ headers }) => headers.get('etag'))).size).toBe(1);
});

it('is at most its time to live behind when the invalidation channel is down', async () => {
  const id = await here.create('/api/v2/models', { ...MODEL, name: 'Cut off' });
  const path = `/api/v2/models/${id}`;
  await sleep(1_000); // the most that news of the creation take: what is read now is kept
  expect(await field(there, path, 'version')).toBeNull();
  await loseSubscriptions();
  await here.call('PATCH', path, { version: 'new' });
  const written = performance.now();
  await sleep(300); // in which news would come
  expect(await field(there, path, 'version'), 'the channel is not down').toBeNull();
  await expect
    .poll(() => field(there, path, 'version'), { timeout: TTL_SECONDS * 1_000, interval: 100 })
    .toBe('new');
  expect(performance.now() - written).toBeLessThan(TTL_SECONDS * 1_000 + 500);
});

it('shows what a write changed although its answer was lost on the way', async () => {
  const proxy = await TcpProxy.before(here.databaseUrl);
  const far = await TestService.start({ DATABASE_URL: proxy.url, CACHE_TTL_SECONDS: '600' });
  const id = await far.create('/api/v2/models', { ...MODEL, name: 'Unanswered' });
  const path = `/api/v2/models/${id}`;
  expect(await field(far, path, 'version')).toBeNull();
  await here.database.query(
    `CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN PERFORM pg_sleep(2); RETURN NULL; END $$;
     CREATE CONSTRAINT TRIGGER linger AFTER UPDATE ON base_models DEFERRABLE INITIALLY DEFERRED
       FOR EACH ROW EXECUTE FUNCTION linger()`,
  );
  const write = far.call('PATCH', path, { version: 'new' });
  await expect.poll(() => count(`query = 'COMMIT' AND wait_event = 'PgSleep'`)).toBe(1);
  proxy.cut();
  expect((await write).status).toBe(503);
  proxy.restore();
  await expect.poll(() => count(`wait_event = 'PgSleep'`), { timeout: 5_000 }).toBe(0);
  expect(await field(far, path, 'version')).toBe('new');
  await here.database.query('DROP FUNCTION linger CASCADE');
  await far.close();
  await proxy.close();
});

/** Connections in such a state. */
async function count(condition: string): Promise<number> {
  const { rows } = await here.database.query(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND ${condition}`,
  );
  return rows.length;
}

/** Nobody hears the news any more, until a heartbeat notices. */
async function loseSubscriptions(): Promise<void> {
  const { redisUrl } = here;
  if (!redisUrl) {
    await here.database.query('DELETE FROM bullmq.relay_subscription');
    return;
  }
  const redis = new Redis(redisUrl);
  const keys = await redis.keys('bull::relay:{model-catalog}*');
  await redis.del(...keys);
  await redis.quit();
}
