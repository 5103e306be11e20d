// Kills a worker with SIGKILL in the middle of runs, many times, and counts what is lost or doubled:
// npm run test:soak -- --rounds 50 --queue redis --seed 1
import { parseArgs } from 'node:util';

import Table from 'cli-table3';

import { startRedis } from '../../bench/support/children.js';
import { OwnPostgres } from '../support/own-postgres.js';
import { KillRounds } from './kill-rounds.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '50' },
    queue: { type: 'string', default: 'postgres' },
    seed: { type: 'string', default: '1' },
  },
});

const rounds = Number(values.rounds);
const postgres = await OwnPostgres.start();
const redis = values.queue === 'redis' ? await startRedis() : null;
if (values.queue === 'redis' && !redis) throw new Error('This machine has no redis-server.');
const soak = await KillRounds.start({
  ...{ databaseUrl: postgres.url, redisUrl: redis?.url ?? null, seed: Number(values.seed) },
});

const faults: string[] = [];
const resumed: number[] = [];
let wasted = 0;
let kills = 0;
let hits = 0;
while (hits < rounds) {
  const { killedAfter, runs } = await soak.round();
  kills += 1;
  const interrupted = runs.filter((run) => run.interrupted);
  if (interrupted.length > 0) hits += 1;
  const times = interrupted.flatMap(({ resumedAfterMs }) => resumedAfterMs ?? []);
  resumed.push(...times);
  wasted += runs.reduce((sum, run) => sum + run.wasted, 0);
  const found = runs.flatMap((run) => run.faults);
  faults.push(...found);
  const seconds = times.map((ms) => (ms / 1_000).toFixed(1)).join(' s, ');
  console.log(
    `kill ${kills} after request ${killedAfter}: ${interrupted.length} interrupted` +
      `${seconds && `, resumed after ${seconds} s`}${found.map((one) => `; ${one}`).join('')}`,
  );
}
const surplus = await soak.surplus(kills);
await soak.stop();
await redis?.stop();
await postgres.close();

const sorted = resumed.toSorted((a, b) => a - b);
const at = (share: number) =>
  `${((sorted[Math.ceil(share * sorted.length) - 1] ?? 0) / 1_000).toFixed(1)} s`;
const table = new Table({ head: ['queue', values.queue] });
table.push(
  ['kills, in the middle of a run', `${kills}, ${hits}`],
  ['runs, interrupted', `${kills * 4}, ${resumed.length}`],
  ['runs lost or doubled, probes repeated or missing, late', String(faults.length)],
  ['runs too many', String(surplus)],
  ['resumed after: median, slowest', `${at(0.5)}, ${at(1)}`],
  ['requests of interrupted probes, made again', String(wasted)],
);
console.log(table.toString());
process.exit(faults.length + surplus > 0 ? 1 : 0);
