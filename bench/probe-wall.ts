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
const REGIONS = ['us-east-1', 'us-west-2', 'eu-central-1', 'eu-west-3', 'ap-south-1', 'sa-east-1'];
const REQUESTS = DEPLOYMENTS * REGIONS.length * REQUESTS_PER_RUN;
/** Runs that a process has under way at most; each asks one thing at a time. */
const RUNS_AT_ONCE = 16;
const STREAMED_OF_TEN = 7;
const POSTS_AT_ONCE = 4;
const WALL_AT_MOST: Record<string, readonly [processes: number, ratio: number][]> = {
  PostgreSQL: [
    [1, 1.2],
    [4, 1.7],
  ],
  Redis: [
    [1, 1.15],
    [4, 1.5],
  ],
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
    for (const [processes, atMost] of WALL_AT_MOST[queue] ?? []) {
      table.push(...(await measure(bench, { queue, settings, processes, atMost })));
    }
  }
  return table;
}

interface Setup {
  readonly queue: string;
  readonly settings: Record<string, string>;
  readonly processes: number;
  readonly atMost: number;
}

async function measure(bench: Bench, setup: Setup): Promise<Row[]> {
  const database = await bench.database({ models: 200, deployments: DEPLOYMENTS });
  const provider = await bench.baseline('provider.ts', { answerMs: ANSWER_MS });
  const deployments = await moveTo(database.client, provider.url, REGIONS);
  const services: Child[] = [];
  for (let count = 0; count < setup.processes; count += 1) {
    services.push(await bench.service(database, { ...setup.settings, ...LOCAL_PROVIDERS }));
  }
  const underWay = setup.processes * RUNS_AT_ONCE;
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
      requestCertification(services[index % services.length]?.url ?? '', deployments[index] ?? ''),
    );
    await runsEnded(database.client, LOOK_EVERY_MS);
  };
  const both = await alternate<Round>(
    bench.quick ? 1 : 3,
    () => round(certifyAll, () => cpuOf(services)),
    () => round(() => bareLoop(provider.url, underWay), ownCpu),
  );
  await bench.clear();
  return rowsOf(setup, underWay, both.ours, both.baseline);
}

function rowsOf(
  { queue, processes, atMost }: Setup,
  underWay: number,
  ours: readonly Round[],
  bare: readonly Round[],
): Row[] {
  const requests = median(ours.map((round) => round.requests));
  const workers = `${processes} ${processes === 1 ? 'process' : 'processes'}`;
  const least = ({ requests: count }: Round) => (count * ANSWER_MS) / underWay;
  const walls = (rounds: readonly Round[]) => rounds.map(({ wallMs }) => wallMs);
  const perRequest = (rounds: readonly Round[]) =>
    median(rounds.map(({ cpuMs, requests: count }) => cpuMs / count));
  const figure = `${requests.toLocaleString('en')} probe requests, ${underWay} at once (${workers}), ${queue}`;
  const ownRatio = median(bare.map((round) => round.wallMs / least(round)));
  return [
    measured({
      figure: `${figure}: wall ÷ least possible (bare undici: ${ownRatio.toFixed(2)})`,
      target: { atMost },
      ours: walls(ours),
      baseline: ours.map(least),
      unit: 'ms',
    }),
    limited({
      figure: `${figure}: CPU of the service per request`,
      atMost: 0.6,
      ours: perRequest(ours),
      baseline: perRequest(bare),
      unit: 'ms',
    }),
  ];
}

/** The same number of requests, as many streamed, with nothing checked or kept. */
function bareLoop(providerUrl: string, underWay: number): Promise<void> {
  const isStreamed = (index: number) => index % 10 < STREAMED_OF_TEN;
  return inLanes(underWay, REQUESTS, (index) => askDirectly(providerUrl, isStreamed(index)));
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

async function cpuOf(services: readonly Child[]): Promise<number> {
  let seconds = 0;
  for (const { url } of services) {
    const metrics = await getText(`${url}/metrics`);
    seconds += Number(/^process_cpu_seconds_total (\S+)/m.exec(metrics)?.[1]);
  }
  return seconds * 1000;
}

function ownCpu(): Promise<number> {
  const { user, system } = process.cpuUsage();
  return Promise.resolve((user + system) / 1000);
}
