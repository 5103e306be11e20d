import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CAPABILITIES, MODEL, PRICES, PROVIDER } from './support/samples.js';
import { ADMIN_KEY, TestService, type Answer } from './support/service.js';

/**
 * Random bodies, valid and spoilt, at every endpoint that writes: none may end in a 5xx, each answer
 * must be a documented one, and what is refused must have changed nothing.
 */
const RUNS = 250;
const TABLES = [
  'base_models',
  'providers',
  'model_deployments',
  'price_history',
  'model_certifications',
  'certification_runs',
  'certification_batches',
];

let catalogue: TestService;
let baseModelId: string;
let otherModelId: string;
let providerId: string;
let deploymentId: string;
let sent = 0;
const answered: Record<string, number> = {};

// The queue has no part in this: once is enough.
describe.skipIf(process.env.TEST_QUEUE === 'redis')('random bodies', () => {
  beforeAll(async () => {
    catalogue = await TestService.start({ ROLE: 'api' }); // a worker would write, too
    baseModelId = await catalogue.create('/api/v2/models', MODEL);
    otherModelId = await catalogue.create('/api/v2/models', { ...MODEL, name: 'Other' });
    providerId = await catalogue.create('/api/v2/providers', { ...PROVIDER, authType: 'api_key' });
    const body = { baseModelId, providerId, deploymentId: 'fuzzed', ...PRICES };
    deploymentId = await catalogue.create('/api/v2/deployments', body);
    await countChanges();
  });

  afterAll(async () => {
    await catalogue.close();
    console.log(`fuzz: ${sent} requests, answered ${JSON.stringify(answered)}`);
  });

  it.each<[string, () => string, () => object]>([
    ['POST', () => '/api/v2/models', model],
    ['PUT', () => `/api/v2/models/${baseModelId}`, model],
    ['PATCH', () => `/api/v2/models/${baseModelId}`, model],
    ['POST', () => '/api/v2/providers', provider],
    ['PUT', () => `/api/v2/providers/${providerId}`, provider],
    ['PATCH', () => `/api/v2/providers/${providerId}`, provider],
    ['POST', () => '/api/v2/deployments', deployment],
    ['PUT', () => `/api/v2/deployments/${deploymentId}`, deployment],
    ['PATCH', () => `/api/v2/deployments/${deploymentId}`, deployment],
    ['POST', () => '/api/v2/cost-estimates', estimate],
    ['POST', () => '/api/v2/models/import', importRow],
    ['POST', () => '/api/certification-queue', certification],
  ])(
    '%s %s',
    async (method, path, valid) => {
      await fc.assert(
        fc.asyncProperty(bodies(valid), (body) => attempt(method, path(), body)),
        { numRuns: RUNS },
      );
    },
    300_000,
  );

  it('were many, of both kinds', () => {
    expect(sent).toBeGreaterThanOrEqual(2_500);
    const succeeded = (answered[200] ?? 0) + (answered[201] ?? 0) + (answered[202] ?? 0);
    expect(succeeded).toBeGreaterThan(sent / 10);
    expect(answered[400]).toBeGreaterThan(sent / 10);
  });
});

async function attempt(method: string, path: string, body: string): Promise<void> {
  const before = await changes();
  const answer: Answer = await catalogue.call(method, path, body, ADMIN_KEY);
  sent++;
  answered[answer.status] = (answered[answer.status] ?? 0) + 1;
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(500);
  if (answer.status >= 400) expect(await changes()).toBe(before);
}

const model = () => ({
  name: fc.sample(fc.string({ minLength: 1, maxLength: 20 }), 1)[0]?.trim() || 'Model',
  vendor: 'Fuzz',
  capabilities: CAPABILITIES,
  family: 'F',
  releaseDate: '2026-01-31',
  defaultParams: { temperature: 1, stopSequences: ['x'], extra: { a: [1] } },
  deprecated: true,
  replacedBy: otherModelId,
});

const provider = () => ({
  name: 'Fuzz',
  slug: `f-${Math.random().toString(36).slice(2)}`.replace(/-\d/, '-x'),
  baseUrl: 'https://fuzz.example/v1',
  authType: 'oauth',
  isActive: true,
});

const deployment = () => ({
  baseModelId,
  providerId,
  deploymentId: `d-${Math.random()}`,
  inferenceType: 'ON_DEMAND',
  providerConfig: { region: 'us-east-1', extra: {} },
  regions: ['us-east-1'],
  costPer1MInput: 1 + Math.random(),
  costPer1MOutput: 2,
  rpmLimit: 10,
  customParams: { topP: 0.5 },
  priceChange: { kind: 'correction', source: 'fuzz' },
  confirmPriceJump: true,
});

const estimate = () => ({
  items: [{ deploymentId, inputTokens: 1, outputTokens: 2, hours: 3 }],
  at: '2999-01-01T00:00:00Z',
});

const importRow = () => {
  const { baseModelId: _model, providerId: _provider, ...fields } = deployment();
  const { priceChange: _change, confirmPriceJump: _confirm, ...priced } = fields;
  return [{ ...model(), deployments: [{ ...priced, provider: PROVIDER.slug }] }];
};

const certification = () => ({ deploymentId, regions: ['us-east-1'] });

/** As text: a valid body, one spoilt in some places, any JSON, or no JSON at all. */
function bodies(valid: () => object): fc.Arbitrary<string> {
  const whole = fc.constant(null).map(valid);
  const spoilt = fc
    .tuple(whole, fc.array(fault(), { minLength: 1, maxLength: 3 }))
    .map(([body, faults]) => faults.reduce<unknown>((spoiled, spoil) => spoil(spoiled), body));
  return fc.oneof(
    { weight: 4, arbitrary: whole.map((body) => JSON.stringify(body)) },
    { weight: 8, arbitrary: spoilt.map((body) => JSON.stringify(body) ?? 'null') },
    {
      weight: 2,
      arbitrary: fc.jsonValue({ noUnicodeString: false }).map((body) => JSON.stringify(body)),
    },
    { weight: 1, arbitrary: fc.string() },
    { weight: 1, arbitrary: fc.constantFrom(1, 5, 20, 100, 3_000, 80_000).map(nested) },
  );
}

const nested = (levels: number) => `${'{"a":['.repeat(levels)}${']}'.repeat(levels)}`;

type Spoil = (value: unknown) => unknown;

/** Changes one place somewhere in the body. */
function fault(): fc.Arbitrary<Spoil> {
  return fc.tuple(fc.array(fc.nat(20), { minLength: 1, maxLength: 3 }), change()).map(
    ([path, spoil]) =>
      (body: unknown) =>
        at(body, path, spoil),
  );
}

function at(value: unknown, [step = 0, ...rest]: readonly number[], spoil: Spoil): unknown {
  if (typeof value !== 'object' || value === null) return spoil(value);
  const keys = Object.keys(value);
  const key = keys[step % Math.max(1, keys.length)];
  if (key === undefined) return spoil(value);
  const entries = Object.entries(value).map(([name, child]): [string, unknown] => [
    name,
    name !== key ? child : rest.length > 0 ? at(child, rest, spoil) : spoil(child),
  ]);
  return Array.isArray(value) ? entries.map(([, child]) => child) : Object.fromEntries(entries);
}

function change(): fc.Arbitrary<Spoil> {
  const anything = fc.oneof(
    fc.jsonValue(),
    fc.string({ unit: 'binary', maxLength: 50 }),
    fc.constantFrom<unknown>(
      ...[null, undefined, '', ' ', 0, -1, 1e308, -1e-300, 2 ** 53, '\0', '\ud800', '__proto__'],
      ...[[], {}, [[]], 'x'.repeat(30_000), '2026-02-30', '9999999-01-01', 'arn:aws:bedrock'],
      ...[JSON.parse('{"constructor":{"prototype":{}}}'), baseModelId, 'PROVISIONED', 'us.x.y'],
    ),
  );
  return fc.oneof(
    anything.map(
      (value): Spoil =>
        () =>
          value,
    ),
    fc
      .tuple(fc.string(), anything)
      .map(([key, value]): Spoil => (old) => ({ ...Object(old), [key]: value })),
  );
}

/** Counts every row that is written to the catalogue, in the transaction that writes it. */
async function countChanges(): Promise<void> {
  await catalogue.database.query(
    `CREATE TABLE changes (n bigint);
     INSERT INTO changes VALUES (0);
     CREATE FUNCTION count_change() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN UPDATE changes SET n = n + 1; RETURN NULL; END $$`,
  );
  for (const table of TABLES) {
    await catalogue.database.query(
      `CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE ON ${table}
         FOR EACH ROW EXECUTE FUNCTION count_change()`,
    );
  }
}

async function changes(): Promise<number> {
  const { rows } = await catalogue.database.query<{ n: string }>('SELECT n FROM changes');
  return Number(rows[0]?.n);
}
