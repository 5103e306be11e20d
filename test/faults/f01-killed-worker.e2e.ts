import { expect, it } from 'vitest';

import { KillRounds, type Round } from '../soak/kill-rounds.js';
import { newDatabase, newRedis } from '../support/service.js';

/** The short form of `npm run test:soak`. */
it('a worker killed in the middle of runs loses and doubles none of them', async () => {
  const databaseUrl = await newDatabase();
  const soak = await KillRounds.start({ databaseUrl, redisUrl: await newRedis(), seed: 7 });
  const rounds: Round[] = [];
  for (let round = 0; round < 2; round += 1) rounds.push(await soak.round());
  const runs = rounds.flatMap((round) => round.runs);
  expect(runs.flatMap(({ faults }) => faults)).toEqual([]);
  expect(runs.filter(({ interrupted }) => interrupted).length).toBeGreaterThan(0);
  expect(await soak.surplus(rounds.length)).toBe(0);
  await soak.stop();
}, 240_000);
