// The fault experiments of docs/faults.md, on every home of the queue that this machine has, and a
// table of what came out: npm run test:faults
// A soak of random faults instead: npm run test:faults -- --soak MINUTES [--seed N] [--queue redis]
import { basename } from 'node:path';
import { parseArgs } from 'node:util';

import Table from 'cli-table3';
import { startVitest, type TestModule } from 'vitest/node';

import { soak } from './soak.js';

const { values } = parseArgs({
  options: {
    soak: { type: 'string' },
    seed: { type: 'string', default: '1' },
    queue: { type: 'string', default: 'postgres' },
  },
});

/** On a quiet machine of two cores. */
const BOUND_SECONDS = 300;

if (values.soak === undefined) await experiments();
else await soakFor(values.soak);

async function experiments(): Promise<void> {
  const began = performance.now();
  // Much of an experiment is waiting. By the environment, as an option does not reach the projects.
  process.env.VITEST_MAX_WORKERS ??= '4';
  // The service is loaded once for all files that a worker runs, not anew for each.
  const options = { watch: false, isolate: false };
  const vitest = await startVitest('test', ['test/faults/'], options);
  const modules = vitest.state.getTestModules();
  const projects = [...new Set(modules.map(({ project }) => project.name))].toSorted();
  const files = [...new Set(modules.map(({ moduleId }) => moduleId))].toSorted();
  const table = new Table({ head: ['experiment', ...projects] });
  for (const file of files) {
    const cells = projects.map((name) =>
      cellOf(modules.find(({ moduleId, project }) => moduleId === file && project.name === name)),
    );
    table.push([basename(file, '.e2e.ts'), ...cells]);
  }
  console.log(table.toString());
  const seconds = (performance.now() - began) / 1_000;
  console.log(`${seconds.toFixed(0)} s; they are meant to take ${BOUND_SECONDS} s at most.`);
  await vitest.close();
}

function cellOf(module: TestModule | undefined): string {
  if (!module) return '';
  const count = (state: 'passed' | 'failed' | 'skipped') =>
    [...module.children.allTests(state)].length;
  const [passed, failed, skipped] = [count('passed'), count('failed'), count('skipped')];
  if (passed + failed === 0) return module.ok() ? 'not here' : 'FAILED';
  const outcome = module.ok() && failed === 0 ? 'ok' : 'FAILED';
  const seconds = (module.diagnostic().duration / 1_000).toFixed(0);
  return `${outcome}: ${passed} of ${passed + failed}${skipped > 0 ? `, ${skipped} not here` : ''}, ${seconds} s`;
}

async function soakFor(text: string): Promise<void> {
  const [minutes, seed, queue] = [Number(text), Number(values.seed), values.queue];
  if (!(minutes > 0) || !Number.isInteger(seed)) throw new Error('--soak MINUTES --seed N');
  if (queue !== 'postgres' && queue !== 'redis') throw new Error('--queue is postgres or redis.');
  const report = await soak({ seed, queue, durationMs: minutes * 60_000, tell: console.log });
  const table = new Table({ head: ['soak', `seed ${seed}, ${queue}`] });
  table.push(
    ['faults', String(report.faults.length)],
    ['requests accepted, refused', `${report.accepted}, ${report.refused}`],
    ...Object.entries(report.ended).map(([status, runs]) => [`runs ${status}`, String(runs)]),
    ['slowest read', `${report.slowestReadMs} ms`],
    ['breaches of I1 to I5', String(report.breaches.length)],
  );
  console.log(table.toString());
  for (const breach of report.breaches) console.log(breach);
  process.exitCode = report.breaches.length > 0 ? 1 : 0;
}
