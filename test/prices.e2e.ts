import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { ChildService, clockOff } from './support/child-service.js';
import { MODEL, PRICES, PROVIDER, UNKNOWN } from './support/samples.js';
import { ADMIN_KEY, dataOf, TestService } from './support/service.js';

let catalogue: TestService;
let baseModelId: string;
let providerId: string;
let count = 0;

beforeAll(async () => {
  catalogue = await TestService.start();
  providerId = await catalogue.create('/api/v2/providers', PROVIDER);
});

beforeEach(async () => {
  count++;
  baseModelId = await catalogue.create('/api/v2/models', { ...MODEL, name: `Priced ${count}` });
});

afterAll(() => catalogue.close());

const HOUR_MS = 3_600_000;
const JANUARY = '2026-01-01T00:00:00.000Z';
const MARCH = '2026-03-01T00:00:00.000Z';
const JUNE = '2026-06-01T00:00:00.000Z';

function add(body: object = {}): Promise<string> {
  const deploymentId = `d-${Math.random()}`;
  return catalogue.create('/api/v2/deployments', {
    ...PRICES,
    baseModelId,
    providerId,
    deploymentId,
    ...body,
  });
}

function change(id: string, body: object) {
  return catalogue.call('PATCH', `/api/v2/deployments/${id}`, body);
}

async function history(id: string, at?: string) {
  const params = { path: { id }, query: { ...(at && { at }) } };
  const { data } = await dataOf(catalogue.api.GET('/api/v2/deployments/{id}/prices', { params }));
  return data;
}

async function inputPriceAt(id: string, at: string): Promise<number | undefined> {
  const entries = await history(id, at);
  expect(entries.length).toBeLessThanOrEqual(1);
  return entries[0]?.costPer1MInput;
}

function certify(deployment: string, region: string, expires: string) {
  return catalogue.database.query(
    `INSERT INTO model_certifications
       (id, "deploymentId", region, status, "lastVerdict", "expiresAt", "updatedAt")
     VALUES (gen_random_uuid(), $1, $2, 'CERTIFIED', 'CERTIFIED', now() + $3::interval, now())`,
    [deployment, region, expires],
  );
}

describe('the price history', () => {
  it('begins with the first prices', async () => {
    const priceChange = { effectiveFrom: JANUARY, source: 'a price list' };
    const id = await add({ priceChange });
    expect(await history(id)).toEqual([
      expect.objectContaining({
        ...{ costPer1MInput: 3, costPer1MOutput: 15, costPerHour: null },
        ...{ kind: 'initial', effectiveFrom: JANUARY, source: 'a price list' },
        createdBy: 'ADMIN_API_KEY',
      }),
    ]);
  });

  it('gets an entry for every change of a price, and for nothing else', async () => {
    const id = await add();
    await change(id, { isActive: false });
    await change(id, { costPer1MInput: 3 });
    expect(await history(id)).toHaveLength(1);
    await change(id, { costPer1MInput: 4 });
    await change(id, { costPer1MOutput: 16 });
    expect(await history(id)).toMatchObject([
      { costPer1MInput: 4, costPer1MOutput: 16, kind: 'repricing' },
      { costPer1MInput: 4, costPer1MOutput: 15, kind: 'repricing' },
      { costPer1MInput: 3, costPer1MOutput: 15, kind: 'initial' },
    ]);
  });

  it('is written with the change or not at all', async () => {
    const id = await add();
    await catalogue.database.query(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN RAISE EXCEPTION 'no'; END $$;
       CREATE TRIGGER refuse BEFORE INSERT ON price_history EXECUTE FUNCTION refuse()`,
    );
    const failed = await fetch(`${catalogue.url}/api/v2/deployments/${id}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ costPer1MInput: 4 }),
    });
    await catalogue.database.query('DROP FUNCTION refuse CASCADE');
    expect(failed.status).toBe(500);
    const { body } = await catalogue.call('GET', `/api/v2/deployments/${id}`);
    expect(body.costPer1MInput).toBe(3);
    expect(await history(id)).toHaveLength(1);
  });

  it('answers what was in force at a moment', async () => {
    const id = await add({ priceChange: { effectiveFrom: JANUARY } });
    await change(id, { costPer1MInput: 5, priceChange: { effectiveFrom: JUNE } });
    expect(await inputPriceAt(id, '2025-12-31T23:59:59.999Z')).toBeUndefined();
    expect(await inputPriceAt(id, JANUARY)).toBe(3);
    expect(await inputPriceAt(id, '2026-05-31T23:59:59.999Z')).toBe(3);
    expect(await inputPriceAt(id, JUNE)).toBe(5);
    expect(await inputPriceAt(id, '2030-01-01')).toBe(5);
  });

  it('lets a correction take the place of all it reaches back over', async () => {
    const id = await add({ priceChange: { effectiveFrom: JANUARY } });
    await change(id, { costPer1MInput: 5, priceChange: { effectiveFrom: JUNE } });
    const corrected = await change(id, {
      costPer1MInput: 4,
      priceChange: { kind: 'correction', effectiveFrom: MARCH, source: 'the invoice' },
    });
    expect(corrected.status).toBe(200);
    expect(await inputPriceAt(id, '2026-02-01')).toBe(3);
    expect(await inputPriceAt(id, MARCH)).toBe(4);
    expect(await inputPriceAt(id, '2026-07-01')).toBe(4);
    const [latest] = await history(id);
    expect(latest).toMatchObject({ kind: 'correction', effectiveFrom: MARCH });
    await change(id, { costPer1MInput: 6 });
    expect(await inputPriceAt(id, '2026-07-01')).toBe(4);
    expect(await inputPriceAt(id, '2030-01-01')).toBe(6);
  });

  it('dates a correction back to the prices it corrects', async () => {
    const id = await add({ priceChange: { effectiveFrom: JANUARY } });
    await change(id, { costPer1MInput: 4, priceChange: { kind: 'correction' } });
    expect(await inputPriceAt(id, JANUARY)).toBe(4);
  });

  it('lets a correction say no more than that the prices in force began earlier', async () => {
    const id = await add({ priceChange: { effectiveFrom: JANUARY } });
    await change(id, { costPer1MInput: 5, priceChange: { effectiveFrom: JUNE } });
    const earlier = { priceChange: { kind: 'correction', effectiveFrom: MARCH } };
    for (let turn = 0; turn < 2; turn++) expect((await change(id, earlier)).status).toBe(200);
    expect(await history(id)).toMatchObject([
      { costPer1MInput: 5, kind: 'correction', effectiveFrom: MARCH },
      { costPer1MInput: 5, kind: 'repricing', effectiveFrom: JUNE },
      { costPer1MInput: 3, kind: 'initial', effectiveFrom: JANUARY },
    ]);
    expect(await inputPriceAt(id, '2026-02-01')).toBe(3);
    expect(await inputPriceAt(id, MARCH)).toBe(5);
  });

  it.each([
    ['a correction to a later one', { kind: 'correction', effectiveFrom: JUNE }],
    ['a repricing from an earlier one', { effectiveFrom: JANUARY }],
    ['a repricing from a later one', { effectiveFrom: JUNE }],
  ])('refuses, for the prices in force with another date, %s', async (_, priceChange) => {
    const id = await add({ priceChange: { effectiveFrom: MARCH } });
    const answer = await change(id, { costPer1MInput: 3, priceChange });
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toMatchObject([{ pointer: '/priceChange/effectiveFrom' }]);
    expect(await history(id)).toHaveLength(1);
  });

  it.each([
    ['a repricing before the prices in force', { effectiveFrom: '2025-06-01' }, '/effectiveFrom'],
    ['a repricing in the future', { effectiveFrom: '2999-01-01' }, '/effectiveFrom'],
    [
      'a correction in the future',
      { kind: 'correction', effectiveFrom: '2999-01-01' },
      '/effectiveFrom',
    ],
    ['no date', { effectiveFrom: 'soon' }, '/effectiveFrom'],
  ])('refuses %s', async (_, priceChange, pointer) => {
    const id = await add({ priceChange: { effectiveFrom: JANUARY } });
    const answer = await change(id, { costPer1MInput: 4, priceChange });
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toContainEqual(
      expect.objectContaining({ pointer: `/priceChange${pointer}` }),
    );
    expect(await history(id)).toHaveLength(1);
  });

  it.each(['9999-12-31T23:59:59-23:00', '0100-01-01T00:00:00+23:00'])(
    'is not told for %s',
    async (at) => {
      const path = `/api/v2/deployments/${await add()}/prices?at=${encodeURIComponent(at)}`;
      const { status, body } = await catalogue.call('GET', path);
      expect(status).toBe(400);
      expect(body.errors).toMatchObject([{ pointer: '/at' }]);
    },
  );

  it('has first prices that are neither repricing nor correction', async () => {
    const answer = await catalogue.call('POST', '/api/v2/deployments', {
      ...{ baseModelId, providerId, deploymentId: 'first', ...PRICES },
      priceChange: { kind: 'correction' },
    });
    expect(answer.body.errors).toContainEqual(
      expect.objectContaining({ pointer: '/priceChange/kind' }),
    );
  });
});

describe('a price jump', () => {
  it.each([
    [{ costPer1MInput: 30 }, '/costPer1MInput'],
    [{ costPer1MInput: 0.3 }, '/costPer1MInput'],
    [{ costPer1MOutput: 0 }, '/costPer1MOutput'],
  ])('%j needs a confirmation', async (prices, pointer) => {
    const id = await add();
    const refused = await change(id, prices);
    expect(refused.status).toBe(400);
    expect(refused.body.errors).toEqual([expect.objectContaining({ pointer })]);
    expect(await history(id)).toHaveLength(1);
    expect((await change(id, { ...prices, confirmPriceJump: true })).status).toBe(200);
    expect(await history(id)).toHaveLength(2);
  });

  it('from zero needs one as well, by PUT too', async () => {
    const free = { costPer1MInput: 0, costPer1MOutput: 0 };
    const id = await add(free);
    const body = { ...PRICES, baseModelId, providerId, deploymentId: 'paid' };
    const path = `/api/v2/deployments/${id}`;
    expect((await catalogue.call('PUT', path, body)).status).toBe(400);
    const confirmed = await catalogue.call('PUT', path, { ...body, confirmPriceJump: true });
    expect(confirmed.status).toBe(200);
    expect(confirmed.body).not.toHaveProperty('confirmPriceJump');
  });
});

describe('a comparison of prices', () => {
  it('puts the cheapest first, with ratios, certificates and break-evens', async () => {
    const cheap = await add({ costPer1MInput: 1, costPer1MOutput: 2, regions: ['us-east-1'] });
    const dear = await add({ costPer1MInput: 2, costPer1MOutput: 4 });
    const reserved = await add({
      deploymentId: `arn:x-${count}`,
      inferenceType: 'PROVISIONED',
      costPer1MInput: 0,
      costPer1MOutput: 0,
      costPerHour: 12,
    });
    await add({ costPer1MInput: 0, costPer1MOutput: 0, isActive: false });
    await certify(cheap, 'us-east-1', '1 day');
    await certify(cheap, 'eu-west-1', '1 day'); // where it was offered once
    await certify(dear, 'global', '-1 day');
    const compared = await compare({ inputTokens: 2_000_000, outputTokens: 1_000_000, hours: 2 });
    expect(compared.offers).toMatchObject([
      {
        ...{ id: cheap, inputUsd: 2, outputUsd: 2, hourlyUsd: 0, costUsd: 4, ratioToCheapest: 1 },
        certified: true,
        certifications: [{ region: 'us-east-1', verdict: 'CERTIFIED', expired: false }],
      },
      {
        ...{ id: dear, costUsd: 8, ratioToCheapest: 2, certified: false, breakEven: [] },
        certifications: [{ region: 'global', verdict: 'CERTIFIED', expired: true }],
      },
      {
        ...{ id: reserved, costUsd: 24, hourlyUsd: 24, ratioToCheapest: 6 },
        breakEven: [
          // 3 M tokens cost 4 at the cheap one: 12 an hour is worth 9 M tokens.
          { deploymentId: cheap, tokensPerHour: 9_000_000 },
          { deploymentId: dear, tokensPerHour: 4_500_000 },
        ],
      },
    ]);
    expect(ids(await compare({ certifiedOnly: true }))).toEqual([cheap]);
    await certify(dear, 'us-east-1', '1 day');
    expect(ids(await compare({ certifiedOnly: true }))).toEqual([cheap]);
    expect(ids(await compare({ region: 'us-east-1' }))).toEqual([cheap]);
    expect(ids(await compare({ region: 'global', certifiedOnly: true }))).toEqual([]);
  });

  it('leaves out what an inactive provider hosts', async () => {
    const slug = `closed-${count}`;
    const closed = await catalogue.create('/api/v2/providers', { ...PROVIDER, slug });
    const id = await add({ providerId: closed });
    expect(ids(await compare({}))).toEqual([id]);
    await catalogue.call('PATCH', `/api/v2/providers/${closed}`, { isActive: false });
    expect(ids(await compare({}))).toEqual([]);
  });

  it('refuses work that is none', async () => {
    const path = `/api/v2/models/${baseModelId}/compare-prices`;
    for (const query of ['inputTokens=-1', 'hours=many', 'outputTokens=1e99']) {
      expect((await catalogue.call('GET', `${path}?${query}`)).status).toBe(400);
    }
  });

  async function compare(query: {
    inputTokens?: number;
    outputTokens?: number;
    hours?: number;
    region?: string;
    certifiedOnly?: boolean;
  }) {
    const params = { path: { id: baseModelId }, query };
    return dataOf(catalogue.api.GET('/api/v2/models/{id}/compare-prices', { params }));
  }

  const ids = ({ offers }: { offers: { id: string }[] }) => offers.map(({ id }) => id);
});

describe('a cost estimate', () => {
  it('adds up what each deployment costs at a date', async () => {
    const id = await add({ priceChange: { effectiveFrom: JANUARY } });
    await change(id, { costPer1MInput: 6, priceChange: { effectiveFrom: JUNE } });
    const other = await add({ costPer1MInput: 0.1, costPer1MOutput: 0.2 });
    const items = [
      { deploymentId: id, inputTokens: 500_000, outputTokens: 100_000, hours: 0 },
      { deploymentId: other, inputTokens: 1_000_000, outputTokens: 1_000_000, hours: 0 },
    ];
    const now = await estimate({ items });
    expect(now).toMatchObject({
      currency: 'USD',
      totalUsd: 4.8,
      items: [
        { deploymentId: id, inputUsd: 3, outputUsd: 1.5, costUsd: 4.5 },
        { deploymentId: other, costUsd: 0.3, price: { costPer1MInput: 0.1, kind: 'initial' } },
      ],
    });
    const [first] = items;
    expect((await estimate({ items: [first], at: MARCH })).totalUsd).toBe(3);
  });

  it('names the item it cannot price', async () => {
    const id = await add();
    for (const [deploymentId, at] of [
      [id, '2020-01-01'],
      [UNKNOWN, undefined],
    ]) {
      const body = { items: [{ deploymentId: id }, { deploymentId }], ...(at && { at }) };
      const answer = await catalogue.call('POST', '/api/v2/cost-estimates', body);
      expect(answer.status).toBe(400);
      const pointer = expect.stringMatching(/^\/items\/[01]\/deploymentId$/) as unknown;
      expect(answer.body.errors).toEqual([expect.objectContaining({ pointer })]);
    }
  });

  async function estimate(body: object) {
    const answer = await catalogue.call('POST', '/api/v2/cost-estimates', body);
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    return answer.body;
  }
});

describe('A process whose clock is an hour', () => {
  let wrong: ChildService;

  afterEach(() => wrong.close());

  it('ahead writes prices that hold at once, and ends no certificate', async () => {
    wrong = await ChildService.start(catalogue, clockOff(HOUR_MS));
    const deploymentId = `ahead-${count}`;
    const id = await wrong.create('/api/v2/deployments', {
      ...{ ...PRICES, baseModelId, providerId, deploymentId },
    });
    const now = () => inputPriceAt(id, new Date().toISOString());
    expect(await now()).toBe(3);
    const path = `/api/v2/deployments/${id}`;
    expect((await wrong.call('PATCH', path, { costPer1MInput: 4 })).status).toBe(200);
    expect(await now()).toBe(4);
    const slug = PROVIDER.slug;
    const deployments = [{ provider: slug, deploymentId, ...PRICES, costPer1MInput: 5 }];
    const row = { ...MODEL, name: `Priced ${count}`, deployments };
    const imported = await wrong.call('POST', '/api/v2/models/import', [row]);
    expect(imported.body).toMatchObject({ counts: { rejected: 0 } });
    expect(await now()).toBe(5);
    await certify(id, 'global', '30 minutes');
    const compared = await wrong.call('GET', `/api/v2/models/${baseModelId}/compare-prices`);
    expect(compared.body.offers).toMatchObject([{ id, certified: true }]);
    const claims = await wrong.call('GET', `/api/models/${baseModelId}/capabilities`);
    expect(claims.body.deployments).toMatchObject([{ regions: [{ expired: false }] }]);
  });

  it('behind knows what prices hold now, and those of half an hour ago are in its past', async () => {
    const id = await add({ priceChange: { effectiveFrom: JANUARY } });
    const effectiveFrom = new Date(Date.now() - HOUR_MS / 2).toISOString();
    wrong = await ChildService.start(catalogue, clockOff(-HOUR_MS));
    const body = { costPer1MInput: 4, priceChange: { effectiveFrom } };
    const changed = await wrong.call('PATCH', `/api/v2/deployments/${id}`, body);
    expect(changed.status, changed.text).toBe(200);
    const items = [{ deploymentId: id, inputTokens: 1_000_000 }];
    const estimated = await wrong.call('POST', '/api/v2/cost-estimates', { items });
    expect(estimated.body).toMatchObject({ totalUsd: 4 });
  });
});
