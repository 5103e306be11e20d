import { randomUUID } from 'node:crypto';

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { MetricRollupService } from '../src/metrics/rollups/rollup.service.js';
import { Config } from '../src/shared/config.js';
import { PrismaService } from '../src/shared/database/prisma.service.js';
import { Rows } from './support/rows.js';
import { TestService } from './support/service.js';

const HOUR = 3_600_000;
const START = Date.parse('2026-01-10T00:00:00Z');
const REGIONS = ['us-east-1', 'eu-west-1'];

interface Point {
  readonly at: number;
  readonly value: number;
  readonly region: string;
}

interface Series {
  readonly points: Record<string, number | string>[];
  readonly last: { value: number; at: string } | null;
  readonly total: Record<string, number | null>;
}

let catalogue: TestService;
let rows: Rows;
let config: Config;
let prisma: PrismaService;
let rollups: MetricRollupService;

beforeAll(async () => {
  // No worker: roll-ups are made when a test says so.
  catalogue = await TestService.start({ ROLE: 'api' });
  rows = new Rows(catalogue);
  config = Config.from({ DATABASE_URL: catalogue.databaseUrl });
  prisma = new PrismaService(config);
  rollups = new MetricRollupService(prisma, config);
});

afterAll(async () => {
  await prisma.onApplicationShutdown();
  await catalogue.close();
});

async function insert(deploymentId: string, points: readonly Point[]): Promise<void> {
  await catalogue.database.query(
    `INSERT INTO system_metrics (id, "deploymentId", "metricType", value, timestamp, metadata)
     SELECT gen_random_uuid(), $1, 'latency', value, to_timestamp(at / 1000) AT TIME ZONE 'UTC',
            jsonb_build_object('region', region)
       FROM unnest($2::float8[], $3::float8[], $4::text[]) AS point (at, value, region)`,
    [
      deploymentId,
      points.map(({ at }) => at),
      points.map(({ value }) => value),
      points.map(({ region }) => region),
    ],
  );
}

async function latency(filter: Record<string, string>): Promise<Series> {
  const query = new URLSearchParams({ metricType: 'latency', ...filter });
  const { status, body } = await catalogue.call('GET', `/api/v2/metrics?${query.toString()}`);
  expect({ status, ...(status !== 200 && body) }).toEqual({ status: 200 });
  const [series] = body.series as Series[];
  if (!series) throw new Error('There is no series.');
  return series;
}

/** What some points come to, exactly. */
function exactly(points: readonly Point[]) {
  const values = points.map(({ value }) => value).toSorted((a, b) => a - b);
  const at = (share: number) => {
    const rank = share * (values.length - 1);
    const [below = NaN, above = NaN] = [values[Math.floor(rank)], values[Math.ceil(rank)]];
    return below + (above - below) * (rank % 1);
  };
  const sum = values.reduce((all, value) => all + value, 0);
  return { count: values.length, sum, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** Counts and sums of whole numbers exactly, percentiles within 1 %. */
function expectAlmost(found: Record<string, unknown>, points: readonly Point[]): void {
  const { count, sum, ...percentiles } = exactly(points);
  expect(found).toMatchObject({ count, sum });
  for (const [name, value] of Object.entries(percentiles)) {
    expect(Math.abs(Number(found[name]) - value), name).toBeLessThanOrEqual(0.01 * value);
  }
}

function expectSeries(
  series: Series,
  all: readonly Point[],
  { from, to, width }: { from: number; to: number; width: number },
): void {
  const points = all.filter(({ at }) => at >= from && at < to);
  expect(series.total.count).toBe(points.length);
  if (points.length > 0) expectAlmost(series.total, points);
  const newest = Math.max(...points.map(({ at }) => at));
  expect(series.last && Date.parse(series.last.at)).toBe(points.length > 0 ? newest : null);
  const buckets = new Map<number, Point[]>();
  for (const point of points) {
    const at = point.at - (point.at % width);
    buckets.set(at, [...(buckets.get(at) ?? []), point]);
  }
  expect(series.points.map(({ at }) => Date.parse(String(at)))).toEqual(
    [...buckets.keys()].toSorted((a, b) => a - b),
  );
  for (const found of series.points) {
    const at = Date.parse(String(found.at));
    const values = buckets.get(at) ?? [];
    expectAlmost(found, values);
    const seconds = (Math.min(at + width, to) - Math.max(at, from)) / 1000;
    expect(found.rate).toBeCloseTo(values.length / seconds, 10);
  }
}

const WIDTHS = { '1h': HOUR, '1d': 24 * HOUR } as const;

const points = fc.array(
  fc.record({
    at: fc.integer({ min: 0, max: 70 * HOUR }).map((after) => START + after),
    // From 0 to a million, each order of magnitude as often.
    value: fc.double({ min: 0, max: 6, noNaN: true }).map((power) => Math.round(10 ** power - 1)),
    region: fc.constantFrom(...REGIONS),
  }),
  { maxLength: 200 },
);

const query = fc.record({
  bucket: fc.constantFrom<keyof typeof WIDTHS>('1h', '1d'),
  region: fc.constantFrom(undefined, ...REGIONS),
  from: fc.integer({ min: -2 * HOUR, max: 60 * HOUR }).map((after) => START + after),
  length: fc.integer({ min: 1, max: 70 * HOUR }),
});

describe('a series from roll-ups', { timeout: 120_000 }, () => {
  it('is that of the points, whatever was summed up before they came', async () => {
    await fc.assert(
      fc.asyncProperty(points, points, query, async (early, late, asked) => {
        const deploymentId = randomUUID();
        const { bucket, region, from, length } = asked;
        const range = { from, to: from + length, width: WIDTHS[bucket] };
        const check = async (sent: readonly Point[]) => {
          const series = await latency({
            ...{ deploymentId, bucket, ...(region && { region }) },
            ...{ from: new Date(from).toISOString(), to: new Date(range.to).toISOString() },
          });
          const ours = sent.filter((point) => region === undefined || point.region === region);
          expectSeries(series, ours, range);
        };
        await insert(deploymentId, early);
        await check(early);
        await rollups.rollUp();
        await check(early);
        await insert(deploymentId, late);
        await check([...early, ...late]);
        await rollups.rollUp();
        await check([...early, ...late]);
      }),
      { numRuns: 25 },
    );
  });
});

describe('a series of several deployments', () => {
  it('puts together what their hours come to', async () => {
    const first = await rows.deployedAt('http://127.0.0.1:9', 'together-1');
    const second = await rows.deployedAt('http://127.0.0.1:9', 'together-2');
    const { rows: same } = await catalogue.database.query<Record<string, string>>(
      `UPDATE model_deployments SET "baseModelId" = other."baseModelId", "providerId" = other."providerId"
         FROM model_deployments other
        WHERE other.id = $1 AND model_deployments.id = $2
       RETURNING other."providerId", other."baseModelId"`,
      [first, second],
    );
    const at = START + 30 * HOUR;
    const point = (after: number, value: number) => ({
      at: at + after,
      value,
      region: 'us-east-1',
    });
    const [ofFirst, ofSecond] = [
      [point(0, 10), point(1, 20), point(2 * HOUR, 5)],
      [point(2, 500), point(3, 600), point(5 * HOUR, 7)],
    ];
    await insert(first, ofFirst);
    await insert(second, ofSecond);
    await rollups.rollUp();
    const range = { from: START, to: START + 72 * HOUR };
    const iso = (time: number) => new Date(time).toISOString();
    const asked = { ...same[0], from: iso(range.from), to: iso(range.to) };
    for (const [bucket, width] of Object.entries(WIDTHS)) {
      const series = await latency({ ...asked, bucket });
      expectSeries(series, [...ofFirst, ...ofSecond], { ...range, width });
    }
  });
});

describe('a series of the API itself', () => {
  it('counts requests, not the ten seconds over which they were summed up', async () => {
    const at = START + 40 * HOUR;
    await catalogue.database.query(
      `INSERT INTO system_metrics (id, "metricType", value, timestamp, metadata)
       SELECT gen_random_uuid(), 'http_error_rate', failed::float8 / requests,
              to_timestamp($1::float8 / 1000) AT TIME ZONE 'UTC',
              jsonb_build_object('method', 'GET', 'route', '/', 'requests', requests)
         FROM (VALUES (3, 1000), (0, 354), (0, 1)) AS tally (failed, requests)`,
      [at],
    );
    const range = { from: new Date(at).toISOString(), to: new Date(at + 24 * HOUR).toISOString() };
    for (const bucket of ['5m', '1h', '1d']) {
      const series = await latency({ metricType: 'http_error_rate', bucket, ...range });
      const meant = { count: 1_355, mean: expect.closeTo(3 / 1_355, 12) as number };
      expect(series.total).toMatchObject({ ...meant, p50: 0.003 });
      expect(series.points).toEqual([expect.objectContaining(meant)]);
      await rollups.rollUp();
    }
  });
});

describe('a series by the id of something else', () => {
  it('is empty, from points and from roll-ups', async () => {
    const id = await rows.deployedAt('http://127.0.0.1:9', 'other-kind');
    const { rows: found } = await catalogue.database.query<Record<string, string>>(
      `SELECT "baseModelId" AS "providerId", "providerId" AS "baseModelId"
         FROM model_deployments WHERE id = $1`,
      [id],
    );
    const [others = {}] = found;
    const at = START + 30 * HOUR;
    await insert(id, [{ at, value: 1, region: 'us-east-1' }]);
    const range = { from: new Date(START).toISOString(), to: new Date(at + HOUR).toISOString() };
    const count = async (filter: Record<string, string>) =>
      (await latency({ ...filter, ...range })).total.count;
    for (const roll of [() => 0, () => rollups.rollUp()]) {
      await roll();
      for (const [kind, value] of Object.entries(others)) {
        expect(await count({ [kind]: value })).toBe(0);
      }
      expect(await count({ providerId: String(others.baseModelId) })).toBe(1);
    }
  });
});

describe('roll-ups', () => {
  it('are made by one process at a time, and by the next one what is left', async () => {
    const deploymentId = randomUUID();
    const at = Date.now() - 50 * HOUR;
    await insert(deploymentId, [{ at, value: 4, region: 'us-east-1' }]);
    const held = await catalogue.database.connect();
    await held.query('BEGIN; SELECT pg_advisory_xact_lock(4711002)');
    expect(await rollups.rollUp()).toBe(0);
    await held.query('ROLLBACK');
    held.release();
    const others = [new MetricRollupService(prisma, config), rollups];
    const made = await Promise.all(others.map((one) => one.rollUp()));
    expect(made.reduce((all, one) => all + one)).toBe(2); // an hour and its day
    expect(await rollups.rollUp()).toBe(0);
  });
});

describe('a day that a version before summed up', () => {
  it('is read by its hours until it is summed up again', async () => {
    const deploymentId = randomUUID();
    const sent = [2, 3, 3].map((hour, value) => ({
      ...{ at: START + 100 * HOUR + hour * HOUR, value, region: 'us-east-1' },
    }));
    const range = { from: START + 48 * HOUR, to: START + 168 * HOUR, width: HOUR };
    const [from = '', to = ''] = [range.from, range.to].map((at) => new Date(at).toISOString());
    const check = async () =>
      expectSeries(await latency({ deploymentId, from, to, bucket: '1h' }), sent, range);
    await insert(deploymentId, sent);
    await rollups.rollUp();
    await catalogue.database.query(
      `UPDATE system_metric_rollups SET hours = NULL WHERE width = 'day'`,
    );
    await check();
    expect(await rollups.rollUp()).toBeGreaterThan(0);
    await check();
    const { rowCount } = await catalogue.database.query(
      `SELECT FROM system_metric_rollups WHERE width = 'day' AND hours IS NULL`,
    );
    expect(rowCount).toBe(0);
  });
});

describe('the uptime of a deployment', () => {
  it('counts faults of what was judged, and throttling apart', async () => {
    const id = await rows.deployedAt('http://127.0.0.1:9', 'a');
    const ago = (minutes: number) => Date.now() - minutes * 60_000;
    const points: [string, number, number][] = [
      ['error_rate', 1, 2],
      ['error_rate', 0, 30],
      ['throttled', 1, 31],
      ['error_rate', 0, 300],
      ['error_rate', 1, 60 * 24 * 10],
      ['throttled', 1, 60 * 24 * 10],
      ['error_rate', 1, 60 * 24 * 31],
    ];
    for (const [type, value, minutes] of points) {
      await catalogue.database.query(
        `INSERT INTO system_metrics (id, "deploymentId", "metricType", value, timestamp)
         VALUES (gen_random_uuid(), $1, $2, $3, to_timestamp($4) AT TIME ZONE 'UTC')`,
        [id, type, value, ago(minutes) / 1000],
      );
    }
    const expected = [
      { window: '5m', judged: 1, faults: 1, throttled: 0, errorRate: 1, uptime: 0 },
      { window: '1h', judged: 2, faults: 1, throttled: 1, errorRate: 0.5, uptime: 0.5 },
      { window: '1d', judged: 3, faults: 1, throttled: 1, uptime: expect.closeTo(2 / 3) as number },
      { window: '30d', judged: 4, faults: 2, throttled: 2, errorRate: 0.5, uptime: 0.5 },
    ];
    const uptime = async () => {
      const { status, body } = await catalogue.call('GET', `/api/v2/metrics/${id}/uptime`);
      expect(status).toBe(200);
      return body.windows;
    };
    expect(await uptime()).toMatchObject(expected);
    await rollups.rollUp();
    expect(await uptime()).toMatchObject(expected);
  });

  it('is unknown where nothing was judged', async () => {
    const id = await rows.deployedAt('http://127.0.0.1:9', 'b');
    const { body } = await catalogue.call('GET', `/api/v2/metrics/${id}/uptime`);
    const nothing = { judged: 0, faults: 0, throttled: 0, errorRate: null, uptime: null };
    expect(body.windows).toMatchObject([nothing, nothing, nothing, nothing]);
  });

  it.each([
    ['x', 400],
    [randomUUID(), 404],
  ])('of %s is a %i', async (id, status) => {
    expect((await catalogue.call('GET', `/api/v2/metrics/${id}/uptime`)).status).toBe(status);
  });
});

// The last one: from then on, all points are old.
describe('old metrics', () => {
  it('are kept rolled up, and points that come later come too late', async () => {
    const deploymentId = randomUUID();
    const at = START + 5 * HOUR;
    const now = new Date(at + 40 * 24 * HOUR);
    const point = (value: number) => ({ at, value, region: 'us-east-1' });
    const series = async () => {
      const range = { from: new Date(at).toISOString(), to: new Date(at + HOUR).toISOString() };
      const { total, last } = await latency({ deploymentId, ...range });
      return { count: total.count, sum: total.sum, last: last?.value };
    };
    const kept = async () => {
      const { rowCount } = await catalogue.database.query(
        'SELECT FROM system_metrics WHERE "deploymentId" = $1',
        [deploymentId],
      );
      return rowCount;
    };
    await insert(deploymentId, [point(1), point(2)]);

    await rollups.deleteOld(now);
    expect(await kept()).toBe(2); // not rolled up
    await rollups.rollUp();
    await rollups.deleteOld(new Date(at + 29 * 24 * HOUR));
    expect(await kept()).toBe(2); // not old
    await rollups.deleteOld(now);
    expect(await kept()).toBe(0);
    expect(await series()).toEqual({ count: 2, sum: 3, last: 2 });

    await insert(deploymentId, [point(5)]);
    expect(await series()).toEqual({ count: 2, sum: 3, last: 2 });
    await rollups.rollUp();
    await rollups.deleteOld(now);
    await rollups.rollUp();
    expect(await series()).toEqual({ count: 2, sum: 3, last: 2 });
    expect(await kept()).toBe(0);

    await rollups.deleteOld(new Date(at + 402 * 24 * HOUR));
    expect(await series()).toMatchObject({ count: 0, last: undefined });
  });
});
