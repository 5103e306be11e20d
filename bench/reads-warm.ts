import type { Bench } from './support/bench.js';
import { getText } from './support/client.js';
import { alternate, load } from './support/load.js';
import { popularModel } from './support/seed.js';
import { mostStatements } from './support/statements.js';
import { measured, type Row } from './support/table.js';

const LIST = '/api/v2/deployments?limit=50';

/** Repeated reads, as the service answers them by default, against the same bytes from memory. */
export async function readsWarm(bench: Bench): Promise<Row[]> {
  const database = await bench.database({ models: 2_000, deployments: 5_000 });
  const service = await bench.service(database);
  const model = await popularModel(database.client, 0);
  const { rows } = await database.client.query<{ id: string }>(
    'SELECT id FROM model_deployments WHERE "baseModelId" = $1 ORDER BY id LIMIT 1',
    [model],
  );
  const reads = [
    ['warm list of 50', LIST],
    ['warm deployment by id', `/api/v2/deployments/${rows[0]?.id ?? ''}`],
    ['warm compare-prices', `/api/v2/models/${model}/compare-prices`],
  ] as const;

  const bodies: Record<string, string> = {};
  for (const [, path] of reads) bodies[path] = await getText(`${service.url}${path}`);
  const baseline = await bench.baseline('baseline-bytes.ts', bodies);
  const { rounds, seconds } = bench.rounds;
  const table: Row[] = [];
  for (const [name, path] of reads) {
    const body = bodies[path] ?? '';
    if ((await getText(`${baseline.url}${path}`)) !== body) throw new Error('Other bytes.');
    const measure = (url: string) => () => load({ url, paths: [path], connections: 32, seconds });
    const { ours, baseline: bare } = await alternate(
      rounds,
      measure(service.url),
      measure(baseline.url),
    );
    table.push(
      measured({
        figure: `${name} (${(body.length / 1000).toFixed(1)} kB) ÷ bare Fastify`,
        target: { atLeast: 0.75 },
        ours: ours.map(({ perSecond }) => perSecond),
        baseline: bare.map(({ perSecond }) => perSecond),
        unit: 'req/s',
      }),
    );
  }
  const urls = Object.keys(bodies).map((path) => `${service.url}${path}`);
  return [...table, await statements(bench, urls)];
}

/** A warm read that asks the database is not one. */
async function statements(bench: Bench, urls: readonly string[]): Promise<Row> {
  const counts: number[] = [];
  for (const url of urls) {
    counts.push(await mostStatements(bench, async () => void (await getText(url))));
  }
  return {
    figure: 'SQL statements of each warm read',
    target: '0',
    ratio: '',
    ours: counts.join(', '),
    baseline: '',
    result: counts.every((count) => count === 0) ? 'ok' : 'missed',
  };
}
