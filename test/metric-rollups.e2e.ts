import { randomUUID } from 'node:crypto';

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { MetricRollupService } from '../src/metrics/rollups/rollup.service.js';
import { Config } from '../src/shared/config.js';
import { PrismaService } from '../src/shared/database/prisma.service.js';
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
let prisma: PrismaService;
let rollups: MetricRollupService;

beforeAll(async () => {
  // No worker: roll-ups are made when a test says so.
  catalogue = await TestService.start({ ROLE: 'api' });
  const config = Config.from({ DATABASE_URL: catalogue.databaseUrl });
  prisma = new PrismaService(config);
  rollups = new MetricRollupService(prisma);
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
