import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { waitForLocks } from './support/overtaken.js';
import { Rows } from './support/rows.js';
import { CAPABILITIES, MODEL, PRICES, PROVIDER, UNKNOWN } from './support/samples.js';
import { dataOf, TestService } from './support/service.js';

let catalogue: TestService;

beforeAll(async () => {
  catalogue = await TestService.start();
});

afterAll(() => catalogue.close());

/** GET, and the ETag it came with. */
async function read(path: string): Promise<{ etag: string; body: Record<string, unknown> }> {
  const { status, headers, body } = await catalogue.call('GET', path);
  expect(status).toBe(200);
  return { etag: String(headers.get('etag')), body };
}

function write(method: string, path: string, body: unknown, ifMatch: string) {
  return catalogue.call(method, path, body, undefined, { 'if-match': ifMatch });
}

describe('an entity tag', () => {
  it('spares the client an answer it has', async () => {
    const id = await catalogue.create('/api/v2/models', { ...MODEL, name: 'Tagged' });
    for (const path of [`/api/v2/models/${id}`, '/api/v2/models', '/health/live']) {
      const { etag } = await read(path);
      const headers = { 'if-none-match': `"other", W/${etag}` };
      const again = await catalogue.call('GET', path, undefined, undefined, headers);
      expect(again.status).toBe(304);
      expect(again.headers.get('etag')).toBe(etag);
      const other = { 'if-none-match': '"other"' };
      expect((await catalogue.call('GET', path, undefined, undefined, other)).status).toBe(200);
    }
  });

  it.each([
    ['models', { ...MODEL, name: 'Matched' }, { deprecated: true }],
    ['providers', { ...PROVIDER, slug: 'matched' }, { isActive: false }],
  ] as const)('guards the writes of %s', async (room, body, change) => {
    const created = await catalogue.call('POST', `/api/v2/${room}`, body);
    expect(created.status).toBe(201);
    const path = `/api/v2/${room}/${String(created.body.id)}`;
    const stale = String(created.headers.get('etag'));
    expect((await read(path)).etag).toBe(stale);
    const changed = await write('PATCH', path, change, stale);
    expect(changed.status).toBe(200);
    expect(changed.headers.get('etag')).not.toBe(stale);
    for (const [method, content] of [
      ['PATCH', change],
      ['PUT', body],
      ['DELETE', undefined],
    ] as const) {
      const refused = await write(method, path, content, stale);
      expect(refused.status).toBe(412);
    }
    expect((await read(path)).body).toEqual(changed.body);
    const fresh = String(changed.headers.get('etag'));
    expect((await write('DELETE', path, undefined, fresh)).status).toBe(204);
  });

  it('guards the writes of deployments', async () => {
    const { id, path } = await newDeployment('matched-deployment');
    const { etag } = await read(path);
    expect((await write('PATCH', path, { costPer1MInput: 4 }, etag)).status).toBe(200);
    expect((await write('PATCH', path, { costPer1MInput: 5 }, etag)).status).toBe(412);
    expect((await write('DELETE', path, undefined, etag)).status).toBe(412);
    const prices = await dataOf(
      catalogue.api.GET('/api/v2/deployments/{id}/prices', { params: { path: { id } } }),
    );
    expect(prices.data.map(({ costPer1MInput }) => costPer1MInput)).toEqual([4, 3]);
  });
});

describe('fifty clients that change one row', () => {
  it('lose no update', async () => {
    const { path } = await newDeployment('counter');
    await Promise.all(Array.from({ length: 50 }, () => increment(path)));
    const { body } = await read(path);
    expect(body.rpmLimit).toBe(51);
  }, 120_000);

  async function increment(path: string): Promise<void> {
    for (;;) {
      const { etag, body } = await read(path);
      const rpmLimit = Number(body.rpmLimit) + 1;
      const { status } = await write('PATCH', path, { rpmLimit }, etag);
      if (status === 200) return;
      expect(status).toBe(412);
    }
  }
});

describe('a merge patch', () => {
  it('changes what it names, in depth, and nothing else', async () => {
    const body = {
      ...MODEL,
      name: 'Patched',
      family: 'P',
      description: 'old',
      defaultParams: { temperature: 0.5, maxTokens: 10 },
    };
    const id = await catalogue.create('/api/v2/models', body);
    const path = `/api/v2/models/${id}`;
    const { body: before } = await read(path);
    const patch = {
      family: null,
      capabilities: { vision: true },
      defaultParams: { temperature: null, topP: 0.9 },
    };
    const type = { 'content-type': 'application/merge-patch+json' };
    const patched = await catalogue.call('PATCH', path, patch, undefined, type);
    expect(patched.body).toEqual({
      ...before,
      family: null,
      capabilities: { ...CAPABILITIES, vision: true },
      defaultParams: { maxTokens: 10, topP: 0.9 },
      updatedAt: patched.body.updatedAt,
    });
  });

  it.each([
    [{ vendor: null }, '/vendor'],
    [{ capabilities: { maxOutputTokens: null } }, '/capabilities/maxOutputTokens'],
    [{ capabilities: { maxOutputTokens: 0 } }, '/capabilities/maxOutputTokens'],
    [{ nothing: 1 }, '/nothing'],
    [{ id: UNKNOWN }, '/id'],
    [[], ''],
  ])('%j is refused, naming %s', async (patch, pointer) => {
    const name = `Kept ${JSON.stringify(patch)}`;
    const id = await catalogue.create('/api/v2/models', { ...MODEL, name });
    const path = `/api/v2/models/${id}`;
    const before = await read(path);
    const answer = await catalogue.call('PATCH', path, patch);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toContainEqual(expect.objectContaining({ pointer }));
    expect(await read(path)).toEqual(before);
  });
});

async function newDeployment(slug: string): Promise<{ id: string; path: string }> {
  const baseModelId = await catalogue.create('/api/v2/models', { ...MODEL, name: slug });
  const providerId = await catalogue.create('/api/v2/providers', { ...PROVIDER, slug });
  const body = { baseModelId, providerId, deploymentId: 'd', rpmLimit: 1, ...PRICES };
  const id = await catalogue.create('/api/v2/deployments', body);
  return { id, path: `/api/v2/deployments/${id}` };
}

describe('a deadlock', () => {
  it('costs a request a second try, and is no fault of the service', async () => {
    const rows = new Rows(catalogue);
    const id = await rows.deployedAt('http://127.0.0.1:9/v1', 'contested');
    await rows.certificate(id);
    const path = `/api/v2/deployments/${id}`;
    const other = await catalogue.database.connect();
    await other.query(`BEGIN; SET LOCAL deadlock_timeout = '1min'`); // the removal looks first
    await other.query(`SELECT 1 FROM model_certifications WHERE "deploymentId" = $1 FOR UPDATE`, [
      id,
    ]);
    const removal = catalogue.call('DELETE', path);
    const waiting = () => waitForLocks(catalogue.database, '%model_deployments%');
    await expect.poll(waiting, { timeout: 10_000 }).toBe(1);
    await other.query(`UPDATE model_deployments SET "isActive" = true WHERE id = $1`, [id]);
    const refused = await removal;
    expect(refused.status, refused.text).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    await other.query('ROLLBACK');
    other.release();
    expect((await catalogue.call('DELETE', path)).status).toBe(204);
  });
});
