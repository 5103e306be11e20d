import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CAPABILITIES, MODEL, PRICES, PROVIDER } from './support/samples.js';
import { TestService } from './support/service.js';

let catalogue: TestService;

beforeAll(async () => {
  catalogue = await TestService.start();
});

afterAll(() => catalogue.close());

const UNKNOWN = '00000000-0000-4000-8000-000000000000';

describe('the catalogue', () => {
  it('starts with zero models', async () => {
    const { status, body } = await catalogue.call('GET', '/api/v2/models');
    expect(status).toBe(200);
    expect(body).toEqual({ data: [], page: { limit: 50, nextCursor: null } });
  });

  it('creates, reads, replaces and removes a model', async () => {
    const created = await catalogue.call('POST', '/api/v2/models', { ...MODEL, family: 'T' });
    expect(created.status).toBe(201);
    const location = String(created.headers.get('location'));
    expect(location).toBe(`/api/v2/models/${String(created.body.id)}`);
    expect((await catalogue.call('GET', location)).body).toEqual(created.body);
    const replaced = await catalogue.call('PUT', location, { ...MODEL, deprecated: true });
    expect(replaced.body).toMatchObject({ family: null, deprecated: true });
    expect((await catalogue.call('DELETE', location)).status).toBe(204);
    expect((await catalogue.call('GET', location)).status).toBe(404);
  });

  it('keeps a provider and a model that have deployments', async () => {
    const baseModelId = await catalogue.create('/api/v2/models', { ...MODEL, name: 'In use' });
    const providerId = await catalogue.create('/api/v2/providers', PROVIDER);
    const body = { baseModelId, providerId, deploymentId: 'd-1', ...PRICES };
    const id = await catalogue.create('/api/v2/deployments', body);
    expect((await catalogue.call('DELETE', `/api/v2/models/${baseModelId}`)).status).toBe(409);
    expect((await catalogue.call('DELETE', `/api/v2/providers/${providerId}`)).status).toBe(409);
    expect((await catalogue.call('POST', '/api/v2/deployments', body)).status).toBe(409);
    const listed = await catalogue.call('GET', `/api/v2/models/${baseModelId}/deployments`);
    expect(listed.body.data).toMatchObject([{ id, costPer1MInput: 3 }]);
    expect((await catalogue.call('DELETE', `/api/v2/deployments/${id}`)).status).toBe(204);
    expect((await catalogue.call('DELETE', `/api/v2/providers/${providerId}`)).status).toBe(204);
  });

  it('pages through a list without losing or repeating a row', async () => {
    for (let index = 0; index < 5; index++) {
      await catalogue.create('/api/v2/providers', { ...PROVIDER, slug: `page-${index}` });
    }
    const seen: unknown[] = [];
    let path = '/api/v2/providers?limit=2';
    for (;;) {
      const { body } = await catalogue.call('GET', path);
      const { data, page } = body as {
        data: { slug: string }[];
        page: { nextCursor: string | null };
      };
      seen.push(...data.map(({ slug }) => slug));
      if (page.nextCursor === null) break;
      path = `/api/v2/providers?limit=2&cursor=${page.nextCursor}`;
    }
    expect(seen).toEqual(['page-4', 'page-3', 'page-2', 'page-1', 'page-0']);
  });
});

describe('bad input', () => {
  it.each([
    ['a missing field', { ...MODEL, vendor: undefined }, '/vendor'],
    ['an unknown field', { ...MODEL, rating: 5 }, '/rating'],
    ['a wrong type', { ...MODEL, name: 5 }, '/name'],
    [
      'a nested fault',
      { ...MODEL, capabilities: { ...CAPABILITIES, vision: 1 } },
      '/capabilities/vision',
    ],
    [
      'a limit of zero',
      { ...MODEL, capabilities: { ...CAPABILITIES, maxOutputTokens: 0 } },
      '/capabilities/maxOutputTokens',
    ],
    ['NUL', { ...MODEL, name: 'a\0b' }, '/name'],
    ['half a surrogate', { ...MODEL, defaultParams: { a: '\ud800' } }, '/defaultParams/a'],
    ['a successor that does not exist', { ...MODEL, replacedBy: UNKNOWN }, '/replacedBy'],
    ['an impossible date', { ...MODEL, releaseDate: '2024-02-31' }, '/releaseDate'],
  ])('names the field: %s', async (_, body, pointer) => {
    const answer = await catalogue.call('POST', '/api/v2/models', body);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toMatch('application/problem+json');
    expect(answer.body.errors).toContainEqual(expect.objectContaining({ pointer }));
    expect(answer.body.requestId).toBe(answer.headers.get('x-request-id'));
  });

  it.each([-1, '3', null, 1e300])('refuses the price %s', async (costPer1MInput) => {
    const answer = await catalogue.call('POST', '/api/v2/deployments', {
      ...{ baseModelId: UNKNOWN, providerId: UNKNOWN, deploymentId: 'x' },
      ...PRICES,
      costPer1MInput,
    });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body.errors)).toContain('/costPer1MInput');
  });

  it.each([
    ['POST', '/api/v2/models', '{bad', 400],
    ['POST', '/api/v2/models', '[]', 400],
    ['POST', '/api/v2/models', 'null', 400],
    ['GET', '/api/v2/models/1', undefined, 400],
    ['GET', `/api/v2/models/${UNKNOWN}`, undefined, 404],
    ['GET', '/api/v2/models?limit=0', undefined, 400],
    ['GET', '/api/v2/models?cursor=abc', undefined, 400],
    ['GET', '/api/v2/nothing', undefined, 404],
    ['POST', '/api/v2/models', `"${'x'.repeat(1_100_000)}"`, 413],
  ])('%s %s with %.10s is a %i', async (method, path, body, status) => {
    const answer = await catalogue.call(method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ status, type: 'about:blank' });
  });
});

describe('access', () => {
  it('is closed without a key, and to a wrong one', async () => {
    expect((await catalogue.call('GET', '/api/v2/models', undefined, '')).status).toBe(401);
    expect((await catalogue.call('GET', '/api/v2/models', undefined, 'wrong-key')).status).toBe(
      401,
    );
  });

  it('lets a viewer read and not write', async () => {
    const key = 'viewer-key-0123456789';
    await catalogue.database.query(
      `INSERT INTO api_keys (id, name, prefix, hash, role)
       VALUES ('1', 'viewer', 'view', encode(sha256($1::bytea), 'hex'), 'VIEWER')`,
      [key],
    );
    expect((await catalogue.call('GET', '/api/v2/models', undefined, key)).status).toBe(200);
    expect((await catalogue.call('POST', '/api/v2/models', MODEL, key)).status).toBe(403);
  });

  it('leaves health and documentation open', async () => {
    for (const path of ['/health/live', '/health/ready', '/openapi.json']) {
      expect((await catalogue.call('GET', path, undefined, '')).status).toBe(200);
    }
    expect((await fetch(`${catalogue.service.url}/docs`)).status).toBe(200);
  });
});
