import type { Client } from 'pg';

import type { Bench } from './support/bench.js';
import { getText, walk } from './support/client.js';
import { alternate, load } from './support/load.js';
import { popularModel } from './support/seed.js';
import { measured, type Row } from './support/table.js';

const SMALL = 1_000;
const LIST = '/api/v2/deployments?limit=50';
/** All pages of the small list. */
const PAGES = 20;
/** All popular models of the small catalogue; the large one has them too. */
const MODELS = 25;

/** What is asked in turn, of both catalogues. */
interface Reads {
  readonly name: string;
  readonly paths: (serviceUrl: string) => Promise<readonly string[]>;
}

/** The slowest percent of reads of a large catalogue against those of a small one, the cache off. */
export async function scale(bench: Bench): Promise<Row[]> {
  const size = bench.quick ? 10_000 : 100_000;
  const large = await catalogue(bench, size);
  const small = await catalogue(bench, SMALL);
  const comparisons = await comparisonsIn(small.client);
  const filters = await filtersOf(small.client);
  const reads: Reads[] = [
    {
      name: `list, ${PAGES} pages in turn`,
      paths: async (url) => (await walk(url, LIST, PAGES)).paths,
    },
    {
      name: `list filtered by ${filters.map(([name]) => name).join(', ')}`,
      paths: () => Promise.resolve(filters.map(([name, value]) => `${LIST}&${name}=${value}`)),
    },
    { name: 'compare-prices', paths: () => Promise.resolve(comparisons) },
  ];
  const table: Row[] = [];
  for (const { name, paths } of reads) {
    const figure = `p99 of ${name}: ${size.toLocaleString('en')} deployments ÷ 1,000`;
    const measure = async (url: string) => {
      const options = { url, paths: await paths(url), connections: 4 };
      for (const path of options.paths) await getText(`${url}${path}`);
      return () => load({ ...options, seconds: bench.rounds.seconds });
    };
    const both = await alternate(
      bench.rounds.rounds,
      await measure(large.url),
      await measure(small.url),
    );
    table.push(
      measured({
        figure,
        target: { atMost: 1.5 },
        ours: both.ours.map(({ p99 }) => p99),
        baseline: both.baseline.map(({ p99 }) => p99),
        unit: 'ms',
      }),
    );
  }
  return table;
}

async function catalogue(bench: Bench, deployments: number) {
  const database = await bench.database({ models: 0.4 * deployments, deployments });
  const { url } = await bench.service(database, { CACHE_TTL_SECONDS: '0' });
  return { url, client: database.client };
}

async function comparisonsIn(client: Client): Promise<string[]> {
  const paths: string[] = [];
  for (let index = 0; index < MODELS; index += 1) {
    paths.push(`/api/v2/models/${await popularModel(client, index)}/compare-prices`);
  }
  return paths;
}

/** Filters that few rows pass, and one that most do. */
async function filtersOf(client: Client): Promise<[string, string][]> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT id FROM providers WHERE slug = 'bedrock'`,
  );
  return [
    ['baseModelId', await popularModel(client, 0)],
    ['providerId', rows[0]?.id ?? ''],
    ['inferenceType', 'PROVISIONED'],
    ['isActive', 'true'],
    ['region', 'eu-west-3'],
    ['certified', 'true'],
  ];
}
