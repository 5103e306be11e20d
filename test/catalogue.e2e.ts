import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { addAccount } from './support/accounts.js';
import { CAPABILITIES, MODEL, PRICES, PROVIDER, UNKNOWN } from './support/samples.js';
import { dataOf, ServiceClient, TestService } from './support/service.js';

let catalogue: TestService;

beforeAll(async () => {
  catalogue = await TestService.start();
});

afterAll(() => catalogue.close());

describe('the catalogue', () => {
  it('starts with zero models', async () => {
    const list = await dataOf(catalogue.api.GET('/api/v2/models'));
    expect(list).toEqual({ data: [], page: { limit: 50, nextCursor: null } });
  });

  it('creates, reads, replaces and removes a model', async () => {
    const { api } = catalogue;
    const created = await api.POST('/api/v2/models', { body: { ...MODEL, family: 'T' } });
    expect(created.response.status).toBe(201);
    const id = String(created.data?.id);
    expect(created.response.headers.get('location')).toBe(`/api/v2/models/${id}`);
    const model = { params: { path: { id } } };
    expect(await dataOf(api.GET('/api/v2/models/{id}', model))).toEqual(created.data);
    const body = { ...MODEL, deprecated: true };
    const replaced = await dataOf(api.PUT('/api/v2/models/{id}', { ...model, body }));
    expect(replaced).toMatchObject({ id, ...MODEL, family: null, deprecated: true });
    const removed = await api.DELETE('/api/v2/models/{id}', model);
    expect(removed.response.status).toBe(204);
    expect((await api.GET('/api/v2/models/{id}', model)).error?.status).toBe(404);
  });

  it('keeps a provider and a model that have deployments', async () => {
    const { api } = catalogue;
    const baseModelId = await catalogue.create('/api/v2/models', { ...MODEL, name: 'In use' });
    const providerId = await catalogue.create('/api/v2/providers', PROVIDER);
    const body = { baseModelId, providerId, deploymentId: 'd-1', ...PRICES };
    const deploymentId = await catalogue.create('/api/v2/deployments', body);
    const model = { params: { path: { id: baseModelId } } };
    const provider = { params: { path: { id: providerId } } };
    const deployment = { params: { path: { id: deploymentId } } };
    expect((await api.DELETE('/api/v2/models/{id}', model)).error?.status).toBe(409);
    expect((await api.DELETE('/api/v2/providers/{id}', provider)).error?.status).toBe(409);
    expect((await api.POST('/api/v2/deployments', { body })).error?.status).toBe(409);
    const { data } = await dataOf(api.GET('/api/v2/models/{id}/deployments', model));
    expect(data).toMatchObject([{ id: deploymentId, costPer1MInput: 3 }]);
    const gone = await api.DELETE('/api/v2/deployments/{id}', deployment);
    expect(gone.response.status).toBe(204);
    expect((await api.DELETE('/api/v2/providers/{id}', provider)).response.status).toBe(204);
  });

  it('pages through a list without losing or repeating a row', async () => {
    for (let index = 0; index < 5; index++) {
      await catalogue.create('/api/v2/providers', { ...PROVIDER, slug: `page-${index}` });
    }
    const seen: string[] = [];
    let cursor: string | null | undefined;
    do {
      const query = { limit: 2, ...(cursor && { cursor }) };
      const { data, page } = await dataOf(
        catalogue.api.GET('/api/v2/providers', { params: { query } }),
      );
      seen.push(...data.map(({ slug }) => slug));
      cursor = page.nextCursor;
    } while (cursor !== null);
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
    ['a date after 9999', { ...MODEL, releaseDate: '9999-12-31T23:59:59-23:00' }, '/releaseDate'],
    ['a date by its week', { ...MODEL, releaseDate: '2024-W43' }, '/releaseDate'],
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
    ['POST', '/api/v2/models', 400, '{bad'],
    ['POST', '/api/v2/models', 400, '[]'],
    ['POST', '/api/v2/models', 400, 'null'],
    ['POST', '/api/v2/models', 413, JSON.stringify('x'.repeat(1_100_000))],
    ['GET', '/api/v2/models/1', 400],
    ['GET', `/api/v2/models/${UNKNOWN}`, 404],
    ['GET', '/api/v2/models?limit=0', 400],
    ['GET', '/api/v2/models?cursor=abc', 400],
    ['GET', '/api/v2/models/%zz', 400],
    ['GET', `/api/v2/models/${'1'.repeat(200)}`, 400],
    ['GET', '/api/v2/nothing', 404],
  ])('%s %s is a %i', async (method, path, status, body?: string) => {
    const answer = await catalogue.call(method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ status, type: 'about:blank' });
  });

  it.each([
    ['{bad', 'must be JSON'],
    ['', 'must not be empty'],
    ['[]', 'must be a JSON object'],
  ])('says of the body %j that it %s', async (body, message) => {
    for (const method of ['POST', 'PUT', 'PATCH']) {
      const path = `/api/v2/models${method === 'POST' ? '' : `/${UNKNOWN}`}`;
      const answer = await catalogue.call(method, path, body);
      expect(answer.status).toBe(400);
      expect(answer.body.errors).toEqual([{ pointer: '', message }]);
    }
  });

  it('says how large a body may be', async () => {
    const body = JSON.stringify('x'.repeat(1_048_576));
    const answer = await catalogue.call('POST', '/api/v2/models', body);
    expect(answer.body.detail).toBe('The body is larger than 1048576 bytes.');
  });

  it('takes ids as they are written here, in a path and in a body', async () => {
    const id = UNKNOWN.replaceAll('0', 'A');
    const inPath = await catalogue.call('GET', `/api/v2/models/${id}`);
    const inBody = await catalogue.call('POST', '/api/v2/models', { ...MODEL, replacedBy: id });
    const inQuery = await catalogue.call('GET', `/api/v2/deployments?providerId=${id}`);
    const message = 'must be a uuid in lower case';
    expect(inPath.body.errors).toEqual([{ pointer: '/id', message }]);
    expect(inBody.body.errors).toEqual([{ pointer: '/replacedBy', message }]);
    expect(inQuery.body.errors).toEqual([{ pointer: '/providerId', message }]);
  });

  it.each([
    'text/xml',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'nonsense',
  ])('takes no body of type %s', async (type) => {
    const answer = await catalogue.call('POST', '/api/v2/models', '<a/>', undefined, {
      'content-type': type,
    });
    expect(answer.status).toBe(415);
    expect(answer.body).toMatchObject({ status: 415, type: 'about:blank' });
  });
});

describe('access', () => {
  it('is closed without a key, and to a wrong one', async () => {
    expect((await catalogue.call('GET', '/api/v2/models', undefined, '')).status).toBe(401);
    const wrong = await catalogue.call('GET', '/api/v2/models', undefined, 'wrong-key');
    expect(wrong.status).toBe(401);
  });

  it('lets a viewer read and not write', async () => {
    const { key } = await addAccount(catalogue, 'ann', 'viewer');
    const { api } = new ServiceClient(catalogue.url, key);
    expect((await api.GET('/api/v2/models')).response.status).toBe(200);
    expect((await api.POST('/api/v2/models', { body: MODEL })).error?.status).toBe(403);
  });

  it('leaves health and documentation open', async () => {
    for (const path of ['/health/live', '/health/ready', '/openapi.json', '/docs']) {
      expect((await catalogue.call('GET', path, undefined, '')).status).toBe(200);
    }
  });
});
