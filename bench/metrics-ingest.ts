import type { Bench, Database } from './support/bench.js';
import type { Ingestion } from './support/ingesting-service.js';
import { alternate, load, type Load } from './support/load.js';
import { measured, median, type Row } from './support/table.js';

const POINTS_PER_SECOND = 20_000;
const CONNECTIONS = 4;
/** So that about a thousand requests come in a second. */
const REST_MS = 4;
/** A process that has just started is slow for a while, with points and without. */
const WARM_UP_SECONDS = 8;

/** Requests while points are written, against the same requests without. */
export async function metricsIngest(bench: Bench): Promise<Row[]> {
  const database = await bench.database({ models: 100, deployments: 1_000 });
  const { rows } = await database.client.query<{ id: string }>(
    'SELECT id FROM model_deployments LIMIT 1',
  );
  const deploymentId = rows[0]?.id ?? '';
  const written: number[] = [];
  const under = (pointsPerSecond: number) => async () => {
    const task = { databaseUrl: database.url, deploymentId, pointsPerSecond };
    const before = await pointsIn(database);
    const { requests, seconds } = await round(bench, task);
    if (pointsPerSecond > 0) written.push(((await pointsIn(database)) - before) / seconds);
    return requests;
  };
  const { rounds } = bench.rounds;
  const { ours, baseline } = await alternate(rounds, under(POINTS_PER_SECOND), under(0));
  const figure = `p99 of a list while ${POINTS_PER_SECOND.toLocaleString('en')} points/s come`;
  const least = Math.round(median(written));
  return [
    measured({
      ...{ figure: `${figure} ÷ without`, target: { atMost: 1.1 }, unit: 'ms' },
      ...{ ours: ours.map(({ p99 }) => p99), baseline: baseline.map(({ p99 }) => p99) },
    }),
    {
      figure: 'points written meanwhile',
      target: `≥ ${(0.95 * POINTS_PER_SECOND).toLocaleString('en')} points/s`,
      ...{ ratio: '', ours: `${least.toLocaleString('en')} points/s`, baseline: '' },
      result: least >= 0.95 * POINTS_PER_SECOND ? 'ok' : 'missed',
    },
  ];
}

/** One service's life: a process that stopped has written what it could. */
async function round(bench: Bench, task: Ingestion): Promise<{ requests: Load; seconds: number }> {
  const service = await bench.baseline('ingesting-service.ts', task);
  const started = performance.now();
  const ask = (seconds: number) =>
    load({
      ...{ url: service.url, paths: ['/api/v2/deployments?limit=50'] },
      ...{ connections: CONNECTIONS, seconds, restMs: REST_MS },
    });
  await ask(WARM_UP_SECONDS);
  const requests = await ask(bench.rounds.seconds);
  const seconds = (performance.now() - started) / 1000;
  await service.stop();
  return { requests, seconds };
}

async function pointsIn({ client }: Database): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM system_metrics',
  );
  return rows[0]?.count ?? 0;
}
