import type { Bench } from './support/bench.js';
import {
  askDirectly,
  LOCAL_PROVIDERS,
  moveTo,
  queues,
  REQUESTS_PER_RUN,
  requestCertification,
  runsEnded,
  seenBy,
  steadyNow,
} from './support/certification.js';
import type { Child } from './support/children.js';
import { getText } from './support/client.js';
import { alternate } from './support/load.js';
import { limited, measured, median, type Row } from './support/table.js';

const ANSWER_MS = 20;
const LOOK_EVERY_MS = 10;
const DEPLOYMENTS = 50;
const REGIONS = ['us-east-1', 'us-west-2', 'eu-central-1', 'eu-west-3'];
const REQUESTS = DEPLOYMENTS * REGIONS.length * REQUESTS_PER_RUN;
/** Runs that the one worker has under way; each asks one thing at a time. */
const RUNS_AT_ONCE = [16, 64] as const;
const STREAMED_OF_SIXTEEN = 7;
const POSTS_AT_ONCE = 4;
const WALL_AT_MOST: Record<string, readonly number[]> = {
  PostgreSQL: [1.2, 1.7],
  Redis: [1.15, 1.5],
};

interface Round {
  readonly wallMs: number;
  readonly requests: number;
  readonly cpuMs: number;
}

/** Many runs at once against the time that the provider's answers alone take. */
export async function probeWall(bench: Bench): Promise<Row[]> {
  const table: Row[] = [];
  for (const { queue, settings } of await queues(bench)) {
    for (const [index, atOnce] of RUNS_AT_ONCE.entries()) {
      const { ours, bare } = await measure(bench, settings(), atOnce);
      table.push(
        ...rowsOf({ queue, atOnce, atMost: WALL_AT_MOST[queue]?.[index] ?? 1 }, ours, bare),
      );
    }
  }
  return table;
}

async function measure(bench: Bench, settings: Record<string, string>, atOnce: number) {
  const database = await bench.database({ models: 200, deployments: DEPLOYMENTS });
  const provider = await bench.baseline('provider.ts', { answerMs: ANSWER_MS });
  const deployments = await moveTo(database.client, provider.url, REGIONS);
  const service = await bench.service(database, {
    ...settings,
    ...LOCAL_PROVIDERS,
    CERTIFICATION_CONCURRENCY: String(atOnce),
    CERTIFICATION_PROVIDER_CONCURRENCY: String(atOnce),
  });
  const round = async (work: () => Promise<unknown>, cpu: () => Promise<number>) => {
    await seenBy(provider.url);
    const cpuBefore = await cpu();
    const start = steadyNow();
    await work();
    const wallMs = steadyNow() - start;
    return { wallMs, cpuMs: (await cpu()) - cpuBefore, ...(await seenBy(provider.url)) };
  };
  const certifyAll = async () => {
    await inLanes(POSTS_AT_ONCE, deployments.length, (index) =>
      requestCertification(service.url, deployments[index] ?? ''),
    );
    await runsEnded(database.client, LOOK_EVERY_MS);
  };
  const { ours, baseline } = await alternate<Round>(
    bench.quick ? 1 : 3,
    () => round(certifyAll, () => cpuOf(service)),
    () => round(() => bareLoop(provider.url, atOnce), ownCpu),
  );
  return { ours, bare: baseline };
}

function rowsOf(
  { queue, atOnce, atMost }: { queue: string; atOnce: number; atMost: number },
  ours: readonly Round[],
  bare: readonly Round[],
): Row[] {
  const requests = median(ours.map((round) => round.requests));
  const least = ({ requests: count }: Round) => (count * ANSWER_MS) / atOnce;
  const perRequest = (rounds: readonly Round[]) =>
    median(rounds.map(({ cpuMs, requests: count }) => cpuMs / count));
  const ownRatio = median(bare.map((round) => round.wallMs / least(round))).toFixed(2);
  const figure = `${requests.toLocaleString('en')} probe requests of ${ANSWER_MS} ms, ${queue}, ${atOnce} at once`;
  return [
    measured({
      figure: `${figure}: wall ÷ least possible (bare undici: ${ownRatio})`,
      target: { atMost },
      ours: ours.map(({ wallMs }) => wallMs),
      baseline: ours.map(least),
      unit: 'ms',
    }),
    limited({
      figure: `${figure}: CPU of the service for each; of bare undici`,
      atMost: 0.6,
      ours: perRequest(ours),
      baseline: perRequest(bare),
      unit: 'ms',
    }),
  ];
}

/** The same number of requests, as many streamed, with nothing checked or kept. */
function bareLoop(providerUrl: string, atOnce: number): Promise<void> {
  const isStreamed = (index: number) => index % REQUESTS_PER_RUN < STREAMED_OF_SIXTEEN;
  return inLanes(atOnce, REQUESTS, (index) => askDirectly(providerUrl, isStreamed(index)));
}

/** Does something for each index, some at a time. */
async function inLanes(
  lanes: number,
  count: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

async function cpuOf({ url }: Child): Promise<number> {
  const metrics = await getText(`${url}/metrics`);
  return 1000 * Number(/^process_cpu_seconds_total (\S+)/m.exec(metrics)?.[1]);
}

function ownCpu(): Promise<number> {
  const { user, system } = process.cpuUsage();
  return Promise.resolve((user + system) / 1000);
}
