import { KEY } from './support/children.js';
import type { Bench } from './support/bench.js';
import { median, type Row } from './support/table.js';

const ROWS = 10_000;
const LEAST_PER_SECOND = 2_000;

/** Rows a second through the import, one row being a model with a deployment. */
export async function importing(bench: Bench): Promise<Row[]> {
  const database = await bench.database({ models: 2_000, deployments: 5_000 });
  const service = await bench.service(database);
  const { rows } = await database.client.query<{ slug: string }>(
    `SELECT slug FROM providers WHERE "authType" = 'api_key' LIMIT 1`,
  );
  const provider = rows[0]?.slug ?? '';
  const created: number[] = [];
  const unchanged: number[] = [];
  for (let round = 0; round < bench.rounds.rounds; round++) {
    const body = linesOf(provider, round, bench.quick ? ROWS / 10 : ROWS);
    created.push(await send(service.url, body, 'created'));
    unchanged.push(await send(service.url, body, 'unchanged'));
  }
  return [rowOf('created', created), rowOf('unchanged', unchanged)];
}

function linesOf(provider: string, round: number, count: number): string {
  const capabilities = {
    ...{ streaming: true, vision: false, functionCalling: true },
    ...{ maxContextWindow: 128_000, maxOutputTokens: 16_384 },
  };
  return Array.from({ length: count }, (_, index) => {
    const name = `Imported ${round} ${index}`;
    const deploymentId = `imported-${round}-${index}`;
    const prices = { costPer1MInput: 1 + (index % 50), costPer1MOutput: 2 + (index % 70) };
    const deployments = [{ provider, deploymentId, regions: ['us-east-1'], ...prices }];
    return JSON.stringify({ name, vendor: 'Imported', capabilities, deployments });
  }).join('\n');
}

/** @returns rows a second; every row must have come out as expected */
async function send(url: string, body: string, expected: string): Promise<number> {
  const started = performance.now();
  const response = await fetch(`${url}/api/v2/models/import`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/x-ndjson' },
    body,
  });
  const answer = (await response.json()) as { counts?: Record<string, number> };
  const seconds = (performance.now() - started) / 1000;
  const count = body.split('\n').length;
  if (answer.counts?.[expected] !== count) {
    throw new Error(`The import answered ${response.status}: ${JSON.stringify(answer.counts)}`);
  }
  return count / seconds;
}

function rowOf(what: string, perSecond: readonly number[]): Row {
  const ours = median(perSecond);
  return {
    figure: `import of models with one deployment each, ${what}`,
    target: `≥ ${LEAST_PER_SECOND.toLocaleString('en')} rows/s`,
    ratio: '',
    ours: `${Math.round(ours).toLocaleString('en')} rows/s`,
    baseline: '',
    result: ours >= LEAST_PER_SECOND ? 'ok' : 'missed',
  };
}
