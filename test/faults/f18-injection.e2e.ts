import fc from 'fast-check';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Rows } from '../support/rows.js';
import { ADMIN_KEY, TestService } from '../support/service.js';

const CASES = 10_000;
/** Asked at the same time. */
const AT_ONCE = 8;

/** Lists, their filters, and what they may be sorted by. */
const LISTS: Readonly<Record<string, readonly string[]>> = {
  '/api/v2/models': ['vendor', 'family', 'q', 'capability', 'deprecated'],
  '/api/v2/providers': ['slug', 'isActive'],
  '/api/v2/deployments': [
    ...['baseModelId', 'providerId', 'inferenceType', 'isActive', 'region', 'certified'],
  ],
  '/api/v2/certifications': ['deploymentId', 'region', 'status', 'badge', 'expired'],
  '/api/certification-queue/jobs': ['deploymentId', 'region', 'status'],
};
const ATTACKS = [
  ...["'", '"', '\\', '%', '_', '\\%', '%_\\', "' OR '1'='1", "'; DROP TABLE base_models; --"],
  ...['$1', '$$', '{"$ne":1}', '{vision,x}', '$.a ? (@ > 1)', 'a&b|!c', ':*', '\u0000', '\ud800'],
  ...['createdAt', '-createdAt', 'name', '-name;--', 'createdAt,(SELECT 1)', 'constructor'],
  ...['__proto__', '1e400', '-1', '0', '99999999999999999999', 'true', 'null', '[]', '{}', '🦉'],
];

/** A cursor as the service writes them, filled with something else. */
const cursor = fc
  .oneof(fc.jsonValue(), fc.array(fc.constantFrom(...ATTACKS), { maxLength: 3 }))
  .map((value) => Buffer.from(JSON.stringify(value)).toString('base64url'));
const hostile = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...ATTACKS) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 2, arbitrary: cursor },
  { weight: 1, arbitrary: fc.string({ maxLength: 40 }) },
);
const requests = fc.constantFrom(...Object.keys(LISTS)).chain((path) =>
  fc
    .array(fc.tuple(fc.constantFrom(...(LISTS[path] ?? []), 'sort', 'cursor', 'limit'), hostile), {
      minLength: 1,
      maxLength: 2,
    })
    .map((fields) => `${path}?${queryOf(fields)}`),
);

function queryOf(fields: readonly (readonly [string, string])[]): string {
  return new URLSearchParams(
    fields.map(([name, value]): [string, string] => [name, value]),
  ).toString();
}

// The queue has no part in this: once is enough.
describe.skipIf(process.env.TEST_QUEUE === 'redis')('Filters, sorts and cursors', () => {
  let catalogue: TestService;
  let rows: Rows;
  let stopped = false;

  beforeAll(async () => {
    catalogue = await TestService.start({ ROLE: 'api', CACHE_TTL_SECONDS: '0' });
    rows = new Rows(catalogue);
    await rows.certificate(await rows.deployedAt('http://127.0.0.1:9/v1', 'there'));
  });

  afterAll(async () => {
    await stop();
    await catalogue.database.end();
  });

  async function stop(): Promise<void> {
    if (!stopped) await catalogue.service.close();
    stopped = true;
  }

  /** Statements that PostgreSQL refused, whatever became of their request. */
  async function refusedBySql(): Promise<number> {
    const { rows: found } = await catalogue.database.query<{ refused: number }>(
      `SELECT xact_rollback::int AS refused FROM pg_stat_database
        WHERE datname = current_database()`,
    );
    return found[0]?.refused ?? 0;
  }

  it.each(['%', '_', '\\', '%%', 'a_c', "o'clock"])('search takes %s literally', async (q) => {
    const name = `Literal ${q} here`;
    await rows.model(name);
    const path = `/api/v2/models?q=${encodeURIComponent(q)}`;
    const { data } = await rows.read<{ data: { name: string }[] }>(path);
    expect(data.map((model) => model.name)).toContain(name);
    for (const model of data) expect(model.name).toContain(q);
  });

  it('of any kind are refused in words or found literally, never by an SQL error', async () => {
    const before = await refusedBySql();
    const answered: Record<number, number> = {};
    const asked = fc.sample(requests, CASES);
    const ask = async () => {
      for (let path = asked.pop(); path !== undefined; path = asked.pop()) {
        const headers = { authorization: `Bearer ${ADMIN_KEY}` };
        const { statusCode, body } = await request(`${catalogue.url}${path}`, { headers });
        const text = await body.text();
        answered[statusCode] = (answered[statusCode] ?? 0) + 1;
        if (![200, 400].includes(statusCode)) expect.fail(`${path}: ${statusCode} ${text}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, ask));
    expect(answered[200]).toBeGreaterThan(CASES / 50);
    expect(answered[400]).toBeGreaterThan(CASES / 20);
    // What a connection counted is told at the latest when it ends.
    await stop();
    expect(await refusedBySql()).toBe(before);
  }, 240_000);
});
