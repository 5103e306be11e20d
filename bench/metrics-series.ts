import type { Client } from 'pg';

import { RollupDatabase } from '../src/metrics/rollups/rollup-database.js';
import { MetricRollupService } from '../src/metrics/rollups/rollup.service.js';
import { Config } from '../src/shared/config.js';
import type { Bench, Database } from './support/bench.js';
import { getText } from './support/client.js';
import { alternate, load } from './support/load.js';
import { fillPoints } from './support/metric-points.js';
import { limited, measured, median, type Row } from './support/table.js';

const DAY_MS = 86_400_000;
const POINTS = 10_000_000;

/** A 30-day hourly series over many points, rolled up, against that of one day. */
export async function metricsSeries(bench: Bench): Promise<Row[]> {
  const database = await bench.database({ models: 100, deployments: 1_000 });
  const count = await timed('points written', () =>
    fillPoints(database.client, bench.quick ? POINTS / 50 : POINTS),
  );
  await timed('hours and days rolled up', () => rollUp(database));
  await database.client.query('VACUUM ANALYZE system_metric_rollups');
  const service = await bench.service(database, { CACHE_TTL_SECONDS: '0', ROLE: 'api' });
  const rows: Row[] = [];
  for (const { name, filter } of await scopes(database.client)) {
    rows.push(...(await measureSeries(bench, service.url, { name, filter, count })));
  }
  rows.push(await percentileError(database.client, service.url));
  return rows;
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work();
  console.error(`  ${what}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
  return result;
}

async function rollUp({ url }: Database): Promise<void> {
  const config = Config.from({ DATABASE_URL: url, METRICS_RAW_DAYS: '60' });
  const prisma = new RollupDatabase(config);
  await new MetricRollupService(prisma, config).rollUp();
  await prisma.onApplicationShutdown();
}

interface Scope {
  readonly name: string;
  readonly filter: string;
}

async function scopes(client: Client): Promise<Scope[]> {
  const { rows } = await client.query<{ deployment: string; provider: string }>(
    `SELECT id AS deployment, "providerId" AS provider FROM model_deployments
      ORDER BY "createdAt", id LIMIT 1`,
  );
  const [first] = rows;
  return [
    { name: 'a deployment', filter: `&deploymentId=${first?.deployment}` },
    { name: 'a provider', filter: `&providerId=${first?.provider}` },
    { name: 'all deployments', filter: '' },
  ];
}

function pathOf(days: number, filter: string): string {
  const from = new Date(Date.now() - days * DAY_MS).toISOString();
  return `/api/v2/metrics?metricType=latency&bucket=1h&from=${from}${filter}`;
}

async function measureSeries(
  bench: Bench,
  url: string,
  { name, filter, count }: Scope & { count: number },
): Promise<Row[]> {
  const { rounds, seconds } = bench.rounds;
  const measure = (days: number) => () =>
    load({ url, paths: [pathOf(days, filter)], connections: 1, seconds });
  const { ours, baseline } = await alternate(rounds, measure(30), measure(1));
  const figure = `30-day hourly series of ${name} over ${count.toLocaleString('en')} points`;
  const [month, day] = [ours.map(({ p50 }) => p50), baseline.map(({ p50 }) => p50)];
  return [
    limited({ figure, atMost: 50, ours: median(month), baseline: median(day), unit: 'ms' }),
    measured({
      ...{ figure: `${figure} ÷ that of a day`, target: { atMost: 3 } },
      ...{ ours: month, baseline: day, unit: 'ms' },
    }),
  ];
}

/** The greatest error of a percentile of all latencies, over 29 whole days. */
async function percentileError(client: Client, url: string): Promise<Row> {
  const to = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const [from, until] = [to - 29 * DAY_MS, to].map((at) => new Date(at).toISOString());
  const { rows } = await client.query<{ exact: number[] }>(
    `SELECT percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY value) AS exact
       FROM system_metrics WHERE "metricType" = 'latency'
        AND timestamp >= $1::timestamptz AT TIME ZONE 'UTC'
        AND timestamp < $2::timestamptz AT TIME ZONE 'UTC'`,
    [from, until],
  );
  const path = `/api/v2/metrics?metricType=latency&bucket=1d&from=${from}&to=${until}`;
  const body = JSON.parse(await getText(`${url}${path}`)) as {
    series: { total: { p50: number; p95: number; p99: number } }[];
  };
  const total = body.series[0]?.total;
  const exact = rows[0]?.exact;
  if (!total || !exact) throw new Error('There are no percentiles.');
  const errors = [total.p50, total.p95, total.p99].map((found, index) => {
    const value = exact[index] ?? NaN;
    return (100 * Math.abs(found - value)) / value;
  });
  const greatest = Math.max(...errors);
  return {
    figure: 'greatest error of p50, p95, p99 from roll-ups of 29 days against the exact ones',
    ...{ target: '≤ 1 %', ratio: '', ours: `${greatest.toFixed(2)} %`, baseline: '' },
    result: greatest <= 1 ? 'ok' : 'missed',
  };
}
