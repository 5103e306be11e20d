// `npm run bench [-- NAME] [--quick]`: measures and prints one table; a full run also writes it to
// docs/benchmarks.md.
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { firstCall } from './first-call.js';
import { importing } from './import.js';
import { inferenceCpu } from './inference-cpu.js';
import { metricsIngest } from './metrics-ingest.js';
import { metricsSeries } from './metrics-series.js';
import { pageDepth } from './page-depth.js';
import { probeWall } from './probe-wall.js';
import { readsCold } from './reads-cold.js';
import { readsWarm } from './reads-warm.js';
import { scale } from './scale.js';
import { Bench } from './support/bench.js';
import { LOAD_TOOL } from './support/load.js';
import { markdown, table, type Row } from './support/table.js';

const BENCHMARKS: Record<string, (bench: Bench) => Promise<Row[]>> = {
  'reads-warm': readsWarm,
  'reads-cold': readsCold,
  'page-depth': pageDepth,
  scale,
  import: importing,
  'first-call': firstCall,
  'probe-wall': probeWall,
  'inference-cpu': inferenceCpu,
  'metrics-series': metricsSeries,
  'metrics-ingest': metricsIngest,
};
const DOCUMENT = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const chosen = Object.keys(BENCHMARKS).filter(
  (name) => positionals.length === 0 || positionals.some((start) => name.startsWith(start)),
);
if (chosen.length === 0) {
  console.error(`Choose one of these benchmarks: ${Object.keys(BENCHMARKS).join(', ')}.`);
  process.exit(1);
}

const bench = await Bench.start(values.quick);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void bench.stop().finally(() => process.exit(1)));
}
try {
  const rows: Row[] = [];
  for (const name of chosen) {
    console.error(`${name} …`);
    rows.push(...((await BENCHMARKS[name]?.(bench)) ?? []));
    await bench.clear();
  }
  const facts = factsOf(await bench.serverVersion());
  console.log(`\n${await table(rows)}\n${facts}`);
  if (values.quick) console.log('A quick run: its figures mean nothing.');
  const isWhole = chosen.length === Object.keys(BENCHMARKS).length && !values.quick;
  if (isWhole) writeFileSync(DOCUMENT, await documentOf(rows, facts));
  if (rows.some(({ result }) => result === 'missed')) process.exitCode = 1;
} finally {
  await bench.stop();
}

function factsOf(postgres: string): string {
  const memory = Math.round(totalmem() / 2 ** 30);
  const machine = `${availableParallelism()} cores (${cpus()[0]?.model.trim()}), ${memory} GiB`;
  const versions = `Node ${process.versions.node}, PostgreSQL ${postgres}`;
  return `${new Date().toISOString().slice(0, 10)}; ${machine}; ${versions}; load from ${LOAD_TOOL}.`;
}

async function documentOf(rows: readonly Row[], facts: string): Promise<string> {
  return markdown(`# Benchmarks

Written by \`npm run bench\`. Every ratio is one of medians over ${bench.rounds.rounds} rounds of
${bench.rounds.seconds} s in which the service and what it is measured against take turns on one
machine, after a round that does not count; of the probe wall time, a round is one whole pass and
three count. What each means, and how to measure one alone, is in
[bench/README.md](../bench/README.md).

${await table(rows)}

${facts} Service, baseline, PostgreSQL (its own) and the load share the cores.
`);
}
