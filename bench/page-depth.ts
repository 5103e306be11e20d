import { randomUUID } from 'node:crypto';

import type { Bench, Database } from './support/bench.js';
import type { Child } from './support/children.js';
import { getPage } from './support/client.js';
import { alternate, load } from './support/load.js';
import { measured, type Row } from './support/table.js';

const LIMIT = 50;
const LEAST_REQUESTS = 200;

interface Order {
  readonly name: string;
  readonly sort: string;
  /** The same order in SQL, backwards. */
  readonly fromTheEnd: string;
}

const ORDERS: readonly Order[] = [
  { name: 'newest first', sort: '-createdAt', fromTheEnd: '"createdAt", id' },
  {
    name: 'cheapest first',
    sort: 'costPer1MInput',
    fromTheEnd: '"costPer1MInput" DESC, id DESC',
  },
];

/** The last page of a long list against its first, the cache off, one request at a time. */
export async function pageDepth(bench: Bench): Promise<Row[]> {
  const deployments = bench.quick ? 50_000 : 1_000_000;
  const database = await bench.database({ models: 2_000, deployments });
  const service = await bench.service(database, { CACHE_TTL_SECONDS: '0' });
  const table: Row[] = [];
  for (const order of ORDERS) {
    const figure = `last page ÷ first of ${deployments.toLocaleString('en')} rows, ${order.name}`;
    const path = `/api/v2/deployments?limit=${LIMIT}&sort=${order.sort}`;
    const cursor = await lastCursor(database, service, order, path);
    const last = await measureBoth(bench, service, path, `${path}&cursor=${cursor}`);
    table.push(
      measured({
        figure,
        target: { atMost: 1.5 },
        ours: last.ours,
        baseline: last.first,
        unit: 'ms',
      }),
    );
  }
  return table;
}

/**
 * The service's own cursor of the last full page. Walking there would take twenty thousand
 * requests, but the last hundred rows may as well be walked alone, as those of one model: a cursor
 * says where a page ends, not by which filter it came about.
 */
async function lastCursor(
  { client }: Database,
  service: Child,
  order: Order,
  path: string,
): Promise<string> {
  const model = randomUUID();
  await client.query(
    `INSERT INTO base_models (id, name, vendor, capabilities, "updatedAt")
     SELECT $1, $1, vendor, capabilities, now() FROM base_models LIMIT 1`,
    [model],
  );
  await client.query(
    `UPDATE model_deployments SET "baseModelId" = $1
      WHERE id IN (SELECT id FROM model_deployments ORDER BY ${order.fromTheEnd} LIMIT $2)`,
    [model, 2 * LIMIT],
  );
  await client.query('VACUUM ANALYZE model_deployments');
  const { nextCursor } = await getPage(`${service.url}${path}&baseModelId=${model}`);
  const cursor = encodeURIComponent(nextCursor ?? '');
  const last = await getPage(`${service.url}${path}&cursor=${cursor}`);
  const isLast = nextCursor !== null && last.data.length === LIMIT && last.nextCursor === null;
  if (!isLast) throw new Error('The last page was not found.');
  return cursor;
}

async function measureBoth(
  bench: Bench,
  service: Child,
  first: string,
  last: string,
): Promise<{ ours: number[]; first: number[] }> {
  const { rounds, seconds } = bench.rounds;
  const measure = (path: string) => () =>
    load({ url: service.url, paths: [path], connections: 1, seconds });
  const { ours, baseline } = await alternate(rounds, measure(last), measure(first));
  for (const side of [ours, baseline]) {
    const requests = side.reduce((sum, result) => sum + result.requests, 0);
    if (requests < LEAST_REQUESTS && !bench.quick)
      throw new Error(`Only ${requests} requests were measured.`);
  }
  return { ours: ours.map(({ p50 }) => p50), first: baseline.map(({ p50 }) => p50) };
}
