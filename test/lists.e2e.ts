import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CAPABILITIES, MODEL, PRICES, PROVIDER } from './support/samples.js';
import { TestService } from './support/service.js';

let catalogue: TestService;
const ids: Record<string, string> = {};

beforeAll(async () => {
  catalogue = await TestService.start();
  const models = [
    { name: 'Alpha 1', vendor: 'Acme', family: 'Alpha' },
    { name: 'Alpha 2', vendor: 'Acme', family: 'Alpha', vision: true, deprecated: true },
    { name: 'Beta 1', vendor: 'Bolt', family: 'Beta', vision: true, reasoning: true },
    { name: 'Gamma 100%_', vendor: 'Acme' },
  ];
  for (const { vision = false, reasoning, ...model } of models) {
    const capabilities = { ...CAPABILITIES, vision, ...(reasoning && { reasoning }) };
    ids[model.name] = await catalogue.create('/api/v2/models', {
      ...MODEL,
      ...model,
      capabilities,
    });
  }
  for (const slug of ['p-one', 'p-two']) {
    ids[slug] = await catalogue.create('/api/v2/providers', { ...PROVIDER, name: slug, slug });
  }
  const deployments = [
    { deploymentId: 'd-1', costPer1MInput: 5, regions: ['us-east-1', 'eu-west-1'] },
    { deploymentId: 'd-2', costPer1MInput: 1, regions: [] },
    { deploymentId: 'd-3', costPer1MInput: 5, regions: ['eu-west-1'], isActive: false },
  ];
  for (const deployment of deployments) {
    ids[deployment.deploymentId] = await catalogue.create('/api/v2/deployments', {
      ...PRICES,
      ...deployment,
      baseModelId: String(ids['Alpha 1']),
      providerId: String(ids[deployment.deploymentId === 'd-2' ? 'p-two' : 'p-one']),
    });
  }
  for (const [region, verdict, expires] of [
    ['us-east-1', 'CERTIFIED', '1 day'],
    ['eu-west-1', 'CERTIFIED', '-1 day'],
  ]) {
    await catalogue.database.query(
      `INSERT INTO model_certifications
         (id, "deploymentId", region, status, "lastVerdict", badge, "expiresAt", "updatedAt")
       VALUES (gen_random_uuid(), $1, $2, 'CERTIFIED', $3::"CertificationStatus", 'PREMIUM',
               now() + $4::interval, now())`,
      [ids['d-1'], region, verdict, expires],
    );
  }
});

afterAll(() => catalogue.close());

async function list(path: string, field: string): Promise<unknown[]> {
  const { status, body } = await catalogue.call('GET', path);
  expect(status, JSON.stringify(body)).toBe(200);
  return (body.data as Record<string, unknown>[]).map((row) => row[field]);
}

describe('filters', () => {
  it.each([
    ['vendor=Acme', ['Alpha 1', 'Alpha 2', 'Gamma 100%_']],
    ['family=Alpha', ['Alpha 1', 'Alpha 2']],
    ['capability=vision', ['Alpha 2', 'Beta 1']],
    ['capability=vision&capability=reasoning', ['Beta 1']],
    ['deprecated=true', ['Alpha 2']],
    ['deprecated=false', ['Alpha 1', 'Beta 1', 'Gamma 100%_']],
    ['q=ALPHA', ['Alpha 1', 'Alpha 2']],
    ['q=bolt', ['Beta 1']],
    ['q=%25_', ['Gamma 100%_']],
    ['vendor=Acme&q=2', ['Alpha 2']],
    ['vendor=acme', []],
  ])('models?%s', async (query, names) => {
    expect(await list(`/api/v2/models?sort=name&${query}`, 'name')).toEqual(names);
  });

  it.each([
    ['isActive=false', ['d-3']],
    ['region=eu-west-1', ['d-1', 'd-3']],
    ['region=global', ['d-2']],
    ['region=ap-south-1', []],
    ['inferenceType=ON_DEMAND', ['d-1', 'd-2', 'd-3']],
    ['inferenceType=PROVISIONED', []],
    ['certified=true', ['d-1']],
    ['certified=false', ['d-2', 'd-3']],
    ['certified=true&region=us-east-1', ['d-1']],
    ['certified=true&region=eu-west-1', []],
  ])('deployments?%s', async (query, expected) => {
    const found = await list(`/api/v2/deployments?sort=deploymentId&${query}`, 'deploymentId');
    expect(found).toEqual(expected);
  });

  it('deployments by model and provider', async () => {
    const model = String(ids['Alpha 1']);
    const provider = String(ids['p-two']);
    const paths = [
      `/api/v2/deployments?baseModelId=${model}&providerId=${provider}`,
      `/api/v2/models/${model}/deployments?providerId=${provider}`,
    ];
    for (const path of paths) expect(await list(path, 'deploymentId')).toEqual(['d-2']);
    const other = `/api/v2/deployments?baseModelId=${String(ids['Beta 1'])}`;
    expect(await list(other, 'deploymentId')).toEqual([]);
  });

  it.each([
    ['expired=true', ['eu-west-1']],
    ['expired=false', ['us-east-1']],
    ['badge=PREMIUM', ['eu-west-1', 'us-east-1']],
    ['badge=LIMITED', []],
    ['status=FAILED', []],
    ['region=us-east-1', ['us-east-1']],
  ])('certifications?%s', async (query, regions) => {
    const path = `/api/v2/certifications?sort=region&${query}`;
    expect(await list(path, 'region')).toEqual(regions);
    const ofDeployment = `/api/v2/deployments/${String(ids['d-1'])}/certifications?sort=region&${query}`;
    expect(await list(ofDeployment, 'region')).toEqual(regions);
    const ofOther = `/api/v2/deployments/${String(ids['d-2'])}/certifications`;
    expect(await list(ofOther, 'region')).toEqual([]);
  });

  it.each([
    ['models?capability=telepathy', '/capability'],
    ['models?sort=id', '/sort'],
    ['models?colour=red', '/colour'],
    ['models?toString=1', '/toString'],
    ['models?deprecated=maybe', '/deprecated'],
    ['deployments?baseModelId=1', '/baseModelId'],
    ['deployments?region=US East', '/region'],
    ['certifications?badge=GOLD', '/badge'],
    ['providers?limit=201', '/limit'],
  ])('%s is refused', async (query, pointer) => {
    const { status, body } = await catalogue.call('GET', `/api/v2/${query}`);
    expect(status).toBe(400);
    expect(body.errors).toContainEqual(expect.objectContaining({ pointer }));
  });
});

describe('sort and cursor', () => {
  const forge = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');

  it.each(['costPer1MInput', '-costPer1MInput', 'deploymentId', '-createdAt', 'updatedAt'])(
    'deployments by %s come page by page, each once',
    async (sort) => {
      const whole = await list(`/api/v2/deployments?sort=${sort}`, 'id');
      expect(whole).toHaveLength(3);
      const field = sort.replace('-', '');
      const values = (await list(`/api/v2/deployments?sort=${sort}`, field)) as (string | number)[];
      const ascending = [...values].toSorted((a, b) => (a < b ? -1 : 1));
      expect(values).toEqual(sort.startsWith('-') ? ascending.toReversed() : ascending);
      const paged: unknown[] = [];
      let cursor: string | null = null;
      do {
        const at = cursor ? `&cursor=${cursor}` : '';
        const { body } = await catalogue.call(
          'GET',
          `/api/v2/deployments?limit=1&sort=${sort}${at}`,
        );
        paged.push(...(body.data as { id: string }[]).map(({ id }) => id));
        cursor = (body.page as { nextCursor: string | null }).nextCursor;
      } while (cursor);
      expect(paged).toEqual(whole);
    },
  );

  it('refuses the cursor of another order, and a forged one', async () => {
    const { body } = await catalogue.call('GET', '/api/v2/models?limit=1&sort=name');
    const cursor = String((body.page as { nextCursor: string }).nextCursor);
    const id = String(ids['Alpha 1']);
    for (const [sort, text] of [
      ['-name', cursor],
      ['createdAt', forge('createdAt', 'yesterday', id)],
      ['createdAt', forge('createdAt', '2026-99-01 00:00:00', id)],
      ['createdAt', forge('createdAt', '2024-02-30 00:00:00', id)],
      ['createdAt', forge('createdAt', '0000-01-01 00:00:00', id)],
      ['createdAt', forge('createdAt', '2024-01-01 24:00:00', id)],
      ['name', forge('name', 'a\0b', id)],
      ['name', forge('name', 5, id)],
      ['name', forge('name', 'a', "' OR 1=1")],
      ['name', 'ÿ'],
    ] as const) {
      const path = `/api/v2/models?sort=${sort}&cursor=${encodeURIComponent(text)}`;
      const answer = await catalogue.call('GET', path);
      expect(answer.status, text).toBe(400);
      expect(answer.body.errors).toContainEqual(expect.objectContaining({ pointer: '/cursor' }));
    }
  });

  it('certified=true leaves out what is certified where it is no longer offered', async () => {
    await catalogue.database.query(
      `INSERT INTO model_certifications
         (id, "deploymentId", region, status, "lastVerdict", "expiresAt", "updatedAt")
       VALUES (gen_random_uuid(), $1, 'us-east-1', 'CERTIFIED', 'CERTIFIED',
               now() + interval '1 day', now())`,
      [ids['d-3']],
    );
    const certified = '/api/v2/deployments?certified=true';
    expect(await list(certified, 'deploymentId')).toEqual(['d-1']);
    await catalogue.database.query(
      `UPDATE model_deployments SET regions = '{us-east-1}' WHERE id = $1`,
      [ids['d-3']],
    );
    expect(await list(`${certified}&sort=deploymentId`, 'deploymentId')).toEqual(['d-1', 'd-3']);
  });

  it.each([
    ['0', 200],
    ['0.25', 200],
    ['-1.5e-07', 200],
    ['1e+300', 200],
    ['', 400],
    ['0b1', 400],
    ['0x10', 400],
    [' 1', 400],
    ['1.', 400],
    ['1e999', 400],
    ['1e-400', 400],
    ['Infinity', 400],
  ])('goes on behind the price %j: %i', async (key, expected) => {
    const cursor = forge('costPer1MInput', key, 'x');
    const path = `/api/v2/deployments?sort=costPer1MInput&cursor=${cursor}`;
    const { status, body } = await catalogue.call('GET', path);
    expect(status).toBe(expected);
    if (status === 400) expect(body.errors).toMatchObject([{ pointer: '/cursor' }]);
  });
});
