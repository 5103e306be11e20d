import { setTimeout as sleep } from 'node:timers/promises';

import type { Bench } from './support/bench.js';
import {
  askDirectly,
  LOCAL_PROVIDERS,
  moveTo,
  queues,
  requestCertification,
  runsEnded,
  seenBy,
  steadyNow,
} from './support/certification.js';
import { limited, percentile, type Row } from './support/table.js';

const ANSWER_MS = 8;
const WARM_UP = 20;
const LOOK_EVERY_MS = 5;
/** The worker rests between two runs, never for the same time, so that no timer runs in step. */
const REST_MS = 30;
const TARGETS = [
  ['p50', 0.5, 10],
  ['p99', 0.99, 50],
] as const;

/** From sending POST to the arrival of the first request at the provider, one run at a time. */
export async function firstCall(bench: Bench): Promise<Row[]> {
  const runs = bench.quick ? 30 : 300;
  const table: Row[] = [];
  for (const { queue, settings } of await queues(bench)) {
    const { ours, direct } = await measure(bench, runs, settings());
    for (const [name, share, atMost] of TARGETS) {
      table.push(
        limited({
          figure: `${name} from POST to the provider's first request, idle worker, ${queue}`,
          atMost,
          ours: percentile(ours, share),
          baseline: percentile(direct, share),
          unit: 'ms',
        }),
      );
    }
  }
  return table;
}

async function measure(bench: Bench, runs: number, settings: Record<string, string>) {
  const database = await bench.database({ models: 200, deployments: runs + WARM_UP });
  const provider = await bench.baseline('provider.ts', { answerMs: ANSWER_MS });
  const deployments = await moveTo(database.client, provider.url, []);
  const service = await bench.service(database, { ...settings, ...LOCAL_PROVIDERS });
  const timed = async (send: () => Promise<void>) => {
    const start = steadyNow();
    await send();
    return start;
  };
  const arrival = async (start: number) => {
    const { firstAt } = await seenBy(provider.url);
    if (firstAt === null) throw new Error('The provider was not asked.');
    return firstAt - start;
  };
  const ours: number[] = [];
  const direct: number[] = [];
  for (const deployment of deployments) {
    await sleep(REST_MS * (1 + Math.random()));
    const start = await timed(() => requestCertification(service.url, deployment));
    await runsEnded(database.client, LOOK_EVERY_MS);
    ours.push(await arrival(start));
    direct.push(await arrival(await timed(() => askDirectly(provider.url, false))));
  }
  return { ours: ours.slice(WARM_UP), direct: direct.slice(WARM_UP) };
}
