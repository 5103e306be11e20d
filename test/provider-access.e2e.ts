import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { accessTokenOf, addAccount } from './support/accounts.js';
import { Contract, type Operation } from './support/contract.js';
import { overtaken } from './support/overtaken.js';
import { PRICES, UNKNOWN } from './support/samples.js';
import { ADMIN_KEY, SEALING, TestService, type Answer } from './support/service.js';
import { addTwoProviders, type Hosted, type TwoProviders } from './support/two-providers.js';

/** A key that is confined to one of two providers meets nothing of the other, anywhere. */
let catalogue: TestService;
let contract: Contract;
let both: TwoProviders;
/** An operator's, confined to the provider `a`. */
let confinedKey: string;
let confinedUser: string;

beforeAll(async () => {
  catalogue = await TestService.start({
    ROLE: 'api', // a worker would call the providers
    ...SEALING,
  });
  contract = await Contract.of(catalogue.url);
  both = await addTwoProviders(catalogue);
  const account = await addAccount(catalogue, 'ann');
  confinedKey = account.key;
  confinedUser = account.userId;
  await confine('users', account.userId, [both.a.providerId]);
});

afterAll(() => catalogue.close());

async function confine(
  whose: 'users' | 'api-keys',
  id: string,
  providerIds: readonly string[] | null,
): Promise<Answer> {
  const path = `/api/v2/${whose}/${id}/providers`;
  const answer = await catalogue.call('PUT', path, { providerIds });
  expect(answer.status, answer.text).toBe(200);
  expect(answer.body).toEqual({ providerIds: providerIds?.toSorted() ?? null });
  return answer;
}

const confined = (method: string, path: string, body?: unknown, headers = {}) =>
  catalogue.call(method, path, body, confinedKey, headers);

/** What only somebody who may use the provider can know. */
function traces(of: Hosted): string[] {
  const { slug, providerId, deploymentIds, certificationIds, runIds, jobIds, batchId } = of;
  return [slug, providerId, ...deploymentIds, ...certificationIds, ...runIds, ...jobIds, batchId];
}

/** Its addresses: with every id there is, and narrowed by what could name a row of the other. */
function addressesOf({ path }: Operation, { a, b, sharedModelId, sharedBatchId }: TwoProviders) {
  const ids = [...traces(a), ...traces(b), a.modelId, b.modelId, sharedModelId, sharedBatchId];
  const names = [...ids, `${a.slug}-own`, `${b.slug}-own`];
  const [parameter] = /\{\w+\}/.exec(path) ?? [];
  const filled = parameter
    ? names.map((id) => ({ id, at: path.replace(parameter, id) }))
    : [{ id: '', at: path }];
  const narrowed = [`providerId=${b.providerId}`, `deploymentId=${b.deploymentIds[0]}`].map(
    (query) => ({ id: query.split('=')[1] ?? '', at: `${path}?${query}` }),
  );
  return parameter ? filled : [...filled, ...narrowed];
}

interface Read {
  readonly at: string;
  readonly status: number;
  /** Without the id it was asked for, when there is no such row. */
  readonly text: string;
}

const reads = new Map<string, Promise<Read[]>>();

/** All that the GET operations answer to a key, asked once. */
function everythingRead(key: string): Promise<Read[]> {
  const known = reads.get(key) ?? readEverything(key);
  reads.set(key, known);
  return known;
}

async function readEverything(key: string): Promise<Read[]> {
  const read: Read[] = [];
  const headers = { authorization: `Bearer ${key}` };
  const gets = contract.operations.filter(({ method }) => method === 'GET');
  for (const operation of gets) {
    const ask = async ({ id, at }: { id: string; at: string }) => {
      const answer = await fetch(`${catalogue.url}${at}`, { headers });
      const text = await answer.text();
      const { status } = answer;
      const isRow = status === 200 || id === '';
      read.push({ at, status, text: isRow ? text : text.replaceAll(id, '') });
    };
    await Promise.all(addressesOf(operation, both).map(ask));
  }
  return read;
}

describe('what a confined caller reads', () => {
  it('holds no trace of another provider, at any operation', async () => {
    const leaks: string[] = [];
    for (const { at, text } of await everythingRead(confinedKey)) {
      for (const trace of [...traces(both.b), '7654321']) {
        if (text.includes(trace)) leaks.push(`${at}: ${trace}`);
      }
    }
    expect(leaks).toEqual([]);
  }, 120_000);

  it('holds all of their own, as an admin sees traces of both', async () => {
    const seen = (await everythingRead(confinedKey)).map(({ text }) => text).join('\n');
    expect(traces(both.a).filter((trace) => !seen.includes(trace))).toEqual([]);
    const known = (await everythingRead(ADMIN_KEY)).map(({ text }) => text).join('\n');
    const all = [...traces(both.a), ...traces(both.b), '7654321'];
    expect(all.filter((trace) => !known.includes(trace))).toEqual([]);
  }, 120_000);

  it('is 404 for every id of the other that an operation takes', async () => {
    const found: string[] = [];
    for (const { at, status } of await everythingRead(confinedKey)) {
      const foreign = traces(both.b).some((trace) => at.split('?')[0]?.includes(trace));
      if (foreign && ![400, 403, 404].includes(status)) found.push(at);
    }
    expect(found).toEqual([]);
    const { b } = both;
    const named = [
      `v2/providers/${b.providerId}`,
      `v2/deployments/${b.deploymentIds[0]}`,
      `v2/deployments/${b.deploymentIds[0]}/prices`,
      `v2/deployments/${b.deploymentIds[0]}/certifications`,
      `v2/deployments/${b.deploymentIds[0]}/invocation-targets`,
      `v2/certifications/${b.certificationIds[0]}`,
      `v2/certifications/${b.certificationIds[0]}/runs`,
      `v2/metrics/${b.deploymentIds[0]}`,
      `certification-queue/jobs/${b.jobIds[0]}`,
      `certification-queue/batches/${b.batchId}`,
      `certification-queue/batches/${b.batchId}/events`,
      `models/${b.slug}-own/capabilities`,
    ];
    for (const path of named) {
      expect((await confined('GET', `/api/${path}`)).status, path).toBe(404);
    }
  });

  it('counts their own only', async () => {
    const counts = async (key: string) => {
      const { body } = await catalogue.call('GET', '/api/certification-queue', undefined, key);
      return Object(body.counts).FAILED as unknown;
    };
    expect([await counts(confinedKey), await counts(ADMIN_KEY)]).toEqual([2, 4]);
    const schedule = async (key: string) => {
      const path = '/api/certification-queue/schedule';
      return (await catalogue.call('GET', path, undefined, key)).body;
    };
    expect(await schedule(confinedKey)).toMatchObject({ due: 2, spentUsd: 0.5 });
    expect(await schedule(ADMIN_KEY)).toMatchObject({ due: 4, spentUsd: 1 });
    const batch = `/api/certification-queue/batches/${both.sharedBatchId}`;
    const { body } = await confined('GET', batch);
    expect(body.runs).toHaveLength(2);
    expect(body.counts).toMatchObject({ FAILED: 2 });
    const vendors = await confined('GET', '/api/v2/vendors');
    expect(vendors.body.data).toContainEqual(
      expect.objectContaining({ vendor: 'Both', deployments: 1, providers: ['alpha-host'] }),
    );
    const metrics = await confined('GET', '/api/v2/metrics?metricType=latency');
    expect(Object(metrics.body.series)[0]).toMatchObject({ total: { count: 2, mean: 100 } });
  });
});

describe('answers kept in memory', () => {
  it("are never another's, by whatever ETag, nor kept from who may see all", async () => {
    for (const path of [
      '/api/v2/deployments?limit=7',
      '/api/v2/providers?limit=7',
      `/api/v2/providers/${both.b.providerId}`,
      `/api/v2/deployments/${both.b.deploymentIds[1]}/prices?limit=7`,
      `/api/v2/models/${both.sharedModelId}/compare-prices?inputTokens=7`,
    ]) {
      const full = await catalogue.call('GET', path);
      expect(full.status).toBe(200);
      const etag = String(full.headers.get('etag'));
      const texts = new Set<string>();
      for (let again = 0; again < 3; again++) {
        expect((await catalogue.call('GET', path)).text).toBe(full.text);
        const own = await confined('GET', path, undefined, { 'if-none-match': etag });
        expect([200, 404], path).toContain(own.status);
        expect(own.text).not.toContain(both.b.slug);
        expect(own.headers.get('etag')).not.toBe(etag);
        texts.add(own.status === 200 ? own.text : '');
      }
      expect(texts.size).toBe(1);
    }
  });
});

/** A request that would be carried out at one's own provider. */
type Attempt = readonly [method: string, path: string, body?: unknown, status?: number];

function attemptsAt({ providerId, deploymentIds, jobIds, batchId, slug }: Hosted): Attempt[] {
  const [deploymentId] = deploymentIds;
  const deployment = `/api/v2/deployments/${deploymentId}`;
  const input = { baseModelId: both.sharedModelId, providerId, ...PRICES };
  return [
    ['PUT', `/api/v2/providers/${providerId}`, { name: 'Mine', slug }],
    ['PATCH', `/api/v2/providers/${providerId}`, { name: 'Mine' }],
    ['DELETE', `/api/v2/providers/${providerId}`],
    ['PUT', deployment, { ...input, deploymentId: 'mine' }],
    ['PATCH', deployment, { isActive: false }],
    ['DELETE', deployment],
    ['POST', `${deployment}/invoke`, { prompt: 'Hello' }],
    ['POST', '/api/certification-queue', { deploymentId }],
    [
      'POST',
      '/api/certification-queue',
      { deploymentIds: [both.a.deploymentIds[0], deploymentId] },
    ],
    ['DELETE', `/api/certification-queue/jobs/${jobIds[0]}`],
    ['POST', `/api/certification-queue/jobs/${jobIds[0]}/retry`],
    ['DELETE', `/api/certification-queue/batches/${batchId}`],
    // What names a provider or a deployment within its body is told that there is none.
    ['POST', '/api/v2/deployments', { ...input, deploymentId: 'mine' }, 400],
    ['PATCH', `/api/v2/deployments/${both.a.deploymentIds[0]}`, { providerId }, 400],
    ['POST', '/api/v2/cost-estimates', { items: [{ deploymentId, inputTokens: 1 }] }, 400],
    // What concerns every provider is not for who may use some.
    ['POST', '/api/v2/providers', { name: 'Mine', slug: 'mine' }, 403],
    // Nor is whose credentials are used.
    ['PATCH', `/api/v2/providers/${both.a.providerId}`, { slug: 'mine' }, 403],
    ['PATCH', `/api/v2/providers/${both.a.providerId}`, { authType: 'oauth' }, 403],
    ['POST', '/api/certification-queue/pause', undefined, 403],
    ['POST', '/api/certification-queue/resume', undefined, 403],
    ['PATCH', `/api/v2/models/${both.sharedModelId}`, { description: 'Mine' }, 403],
    ['DELETE', `/api/v2/models/${both.b.modelId}`, undefined, 403],
  ];
}

/** All rows of the catalogue. */
async function catalogueRows(): Promise<string> {
  const tables = ['base_models', 'providers', 'model_deployments', 'price_history'];
  tables.push('model_certifications', 'certification_runs', 'certification_batches');
  const texts: string[] = [];
  for (const table of tables) {
    const { rows } = await catalogue.database.query<{ text: string }>(
      `SELECT t::text AS text FROM ${table} t ORDER BY id`,
    );
    texts.push(...rows.map(({ text }) => text));
  }
  return texts.join('\n');
}

describe('what a confined caller writes', () => {
  it('changes nothing at another provider: it is 404', async () => {
    const before = await catalogueRows();
    for (const [method, path, body, status = 404] of attemptsAt(both.b)) {
      const answer = await confined(method, path, body);
      expect(answer.status, `${method} ${path} ${answer.text}`).toBe(status);
      expect(answer.text).not.toContain(both.b.slug);
    }
    expect(await catalogueRows()).toBe(before);
  });

  it('imports what is at their own provider, and changes no model of others', async () => {
    const own = { provider: both.a.slug, deploymentId: 'imported', ...PRICES };
    const foreign = { ...own, provider: both.b.slug };
    const { capabilities } = (await confined('GET', `/api/v2/models/${both.sharedModelId}`)).body;
    const shared = { name: 'Of both', vendor: 'Both', capabilities };
    const { body } = await confined('POST', '/api/v2/models/import', [
      { name: 'New', vendor: 'New', capabilities, deployments: [own] },
      { name: 'Other', vendor: 'New', capabilities, deployments: [foreign] },
      { ...shared, description: 'Mine', deployments: [] },
    ]);
    expect(body.counts).toMatchObject({ created: 1, rejected: 2 });
    expect(body.rows).toMatchObject([
      { model: 'created' },
      {
        errors: [{ pointer: '/deployments/0/provider', message: 'must be the slug of a provider' }],
      },
      { errors: [{ pointer: '' }] },
    ]);
    const rows = [{ ...shared, deployments: [{ ...own, deploymentId: 'imported-too' }] }];
    const again = await confined('POST', '/api/v2/models/import', rows);
    expect(again.body.counts).toMatchObject({ changed: 1 });
  });

  it('certifies all of their own and none else', async () => {
    const { status, body } = await confined('POST', '/api/certification-queue', { all: true });
    expect(status).toBe(202);
    const asked = (body.certifications as { deploymentId: string }[]).map(
      (one) => one.deploymentId,
    );
    expect(asked).toEqual(expect.arrayContaining([...both.a.deploymentIds]));
    for (const id of both.b.deploymentIds) expect(asked).not.toContain(id);
  });

  it('cancels of a shared batch the runs of their own', async () => {
    const deploymentIds = [both.a.deploymentIds[1], both.b.deploymentIds[1]];
    const asked = await catalogue.call('POST', '/api/certification-queue', {
      deploymentIds,
      force: true,
      regions: ['global'],
    });
    const batch = `/api/certification-queue/batches/${String(asked.body.batchId)}`;
    // The one of their own is part of another batch, too, which goes on.
    expect((await confined('DELETE', batch)).body).toEqual({ cancelled: 0, stopping: 0, left: 1 });
    expect((await catalogue.call('GET', batch)).body.counts).toMatchObject({ CANCELLED: 0 });
  });
});

describe('access', () => {
  it('differs between nothing, some and everything, from the next request on', async () => {
    const listed = async () =>
      ((await confined('GET', '/api/v2/providers')).body.data as { slug: string }[])
        .map(({ slug }) => slug)
        .toSorted();
    await confine('users', confinedUser, []);
    expect(await listed()).toEqual([]);
    await confine('users', confinedUser, null);
    expect(await listed()).toEqual(['alpha-host', 'bravo-host']);
    await confine('users', confinedUser, [both.a.providerId, both.b.providerId]);
    expect(await listed()).toEqual(['alpha-host', 'bravo-host']);
    await confine('users', confinedUser, [both.a.providerId]);
    expect(await listed()).toEqual(['alpha-host']);
  });

  it('of a key is what both the key and its user may', async () => {
    const { body } = await catalogue.call('GET', '/api/v2/api-keys?limit=200');
    const key = (body.data as { id: string; userId: string }[]).find(
      ({ userId }) => userId === confinedUser,
    );
    await confine('api-keys', String(key?.id), [both.b.providerId]);
    expect((await confined('GET', '/api/v2/providers')).body.data).toEqual([]);
    await confine('api-keys', String(key?.id), null);
    expect((await confined('GET', '/api/v2/providers')).body.data).toHaveLength(1);
  });

  it('holds for a session, too', async () => {
    const token = await accessTokenOf(catalogue, 'ann@example.com');
    const { body } = await catalogue.call('GET', '/api/v2/providers', undefined, token);
    expect(body.data).toMatchObject([{ slug: 'alpha-host' }]);
  });

  it('is not widened by the removal of the last provider', async () => {
    const gone = await catalogue.create('/api/v2/providers', { name: 'Gone', slug: 'gone' });
    const { userId, key } = await addAccount(catalogue, 'bob', 'viewer');
    await confine('users', userId, [gone]);
    await catalogue.call('DELETE', `/api/v2/providers/${gone}`);
    const { body } = await catalogue.call('GET', '/api/v2/providers', undefined, key);
    expect(body.data).toEqual([]);
    const access = await catalogue.call('GET', `/api/v2/users/${userId}/providers`);
    expect(access.body).toEqual({ providerIds: [] });
    const deleted = await catalogue.call('DELETE', `/api/v2/users/${userId}`);
    expect(deleted.status).toBe(204);
  });

  it('is not confined for an admin, nor is who is confined made one', async () => {
    const { userId } = await addAccount(catalogue, 'eve', 'admin');
    const path = `/api/v2/users/${userId}/providers`;
    const refused = await catalogue.call('PUT', path, { providerIds: [] });
    expect(refused.status).toBe(400);
    expect(refused.body.errors).toMatchObject([{ pointer: '/providerIds' }]);
    const raised = await catalogue.call('PATCH', `/api/v2/users/${confinedUser}`, {
      role: 'admin',
    });
    expect(raised.status).toBe(400);
    expect(raised.body.errors).toMatchObject([{ pointer: '/role' }]);
  });

  it.each([
    [{}, '/providerIds'],
    [{ providerIds: 'all' }, '/providerIds'],
    [{ providerIds: ['x'] }, '/providerIds'],
    [{ providerIds: [UNKNOWN] }, '/providerIds/0'],
  ])('is refused as %j', async (body, pointer) => {
    const path = `/api/v2/users/${confinedUser}/providers`;
    const answer = await catalogue.call('PUT', path, body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toContainEqual({ pointer, message: expect.any(String) });
    const missing = await catalogue.call('PUT', `/api/v2/users/${UNKNOWN}/providers`, {
      providerIds: null,
    });
    expect(missing.status).toBe(404);
  });

  it('is set only on the state that was read (If-Match)', async () => {
    const path = `/api/v2/users/${confinedUser}/providers`;
    const { headers } = await catalogue.call('GET', path);
    const etag = String(headers.get('etag'));
    const body = { providerIds: [both.a.providerId] };
    const set = (value: string) =>
      catalogue.call('PUT', path, body, ADMIN_KEY, { 'if-match': value });
    expect((await set('"other"')).status).toBe(412);
    expect((await set(etag)).status).toBe(200);
  });

  it('is not set on a state that another process changes at that moment', async () => {
    const { userId } = await addAccount(catalogue, 'dora', 'viewer');
    await confine('users', userId, [both.a.providerId]);
    const path = `/api/v2/users/${userId}/providers`;
    const { headers } = await catalogue.call('GET', path);
    const match = { 'if-match': String(headers.get('etag')) };
    const change = `
      WITH held AS (SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE)
      INSERT INTO provider_access (id, "userId", "providerId")
      SELECT gen_random_uuid()::text, id, $2 FROM held`;
    const values = [userId, both.b.providerId];
    const { status } = await overtaken(catalogue.database, [change, values], () =>
      catalogue.call('PUT', path, { providerIds: [] }, ADMIN_KEY, match),
    );
    expect(status).toBe(412);
  });
});
