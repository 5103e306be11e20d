import { isDeepStrictEqual } from 'node:util';

import type { SqlTask } from './support/baseline-sql.js';
import type { Bench, Database } from './support/bench.js';
import type { Child } from './support/children.js';
import { getPage, walk } from './support/client.js';
import { alternate, load } from './support/load.js';
import { mostStatements } from './support/statements.js';
import { measured, type Row } from './support/table.js';

const LIST = '/api/v2/deployments';
const PAGES = 50;

/** Reads with the cache off, against the same JSON built by SQL, and how many statements they take. */
export async function readsCold(bench: Bench): Promise<Row[]> {
  const database = await bench.database({ models: 2_000, deployments: 5_000 });
  const service = await bench.service(database, { CACHE_TTL_SECONDS: '0' });
  return [await list(bench, database, service), await statements(bench, service)];
}

/** All pages in turn: simultaneous requests for one page could share one reading. */
async function list(bench: Bench, database: Database, service: Child): Promise<Row> {
  const path = `${LIST}?limit=50`;
  const ourPages = await walk(service.url, path, PAGES);
  const task: SqlTask = {
    databaseUrl: database.url,
    fields: Object.keys(ourPages.pages[0]?.data[0] ?? {}),
  };
  const baseline = await bench.baseline('baseline-sql.ts', task);
  const basePages = await walk(baseline.url, path, PAGES);
  const rowsOf = ({ pages }: typeof ourPages) => pages.map(({ data }) => data);
  if (!isDeepStrictEqual(rowsOf(ourPages), rowsOf(basePages))) {
    throw new Error('The baseline does not answer the same rows as the service.');
  }
  const { rounds, seconds } = bench.rounds;
  const measure = (url: string, paths: readonly string[]) => () =>
    load({ url, paths, connections: 32, seconds });
  const { ours, baseline: sql } = await alternate(
    rounds,
    measure(service.url, ourPages.paths),
    measure(baseline.url, basePages.paths),
  );
  return measured({
    figure: `cold list of 50, ${PAGES} pages in turn ÷ Fastify and pg`,
    target: { atLeast: 0.7 },
    ours: ours.map(({ perSecond }) => perSecond),
    baseline: sql.map(({ perSecond }) => perSecond),
    unit: 'req/s',
  });
}

/** Rows that each cost a statement of their own would show as more statements for more rows. */
async function statements(bench: Bench, service: Child): Promise<Row> {
  const counts: number[] = [];
  for (const limit of [10, 50, 200]) {
    const url = `${service.url}${LIST}?limit=${limit}`;
    const read = async () => {
      const { data } = await getPage(url);
      if (data.length !== limit) throw new Error(`${url} has ${data.length} rows.`);
    };
    counts.push(await mostStatements(bench, read));
  }
  if (counts.includes(0)) throw new Error("PostgreSQL's log shows no statement of the service.");
  return measured({
    figure: `SQL statements of a cold list of 10, 50, 200: ${counts.join(', ')}; most ÷ fewest`,
    target: { atMost: 1 },
    ours: [Math.max(...counts)],
    baseline: [Math.min(...counts)],
    unit: 'statements',
  });
}
