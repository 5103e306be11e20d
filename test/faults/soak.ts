import { setTimeout as sleep } from 'node:timers/promises';

import { KEY } from '../../bench/support/children.js';
import { randomFrom } from '../support/random.js';
import { CatalogueReader } from './catalogue-reader.js';
import { faultSchedule, type PlannedFault } from './fault-schedule.js';
import { breaches } from './invariants.js';
import { SoakSystem } from './soak-system.js';

/** Four tries of a run wait 1, 4 and 16 s; a lost claim 10 s. */
const ENDS_WITHIN_MS = 90_000;
const REQUEST_EVERY_MS = 700;

export interface Soak {
  readonly seed: number;
  readonly durationMs: number;
  readonly queue: 'postgres' | 'redis';
  /** Shortest and longest pause between two faults, in milliseconds. */
  readonly pauses?: readonly [number, number];
  readonly tell?: (line: string) => void;
}

export interface SoakReport {
  readonly faults: readonly PlannedFault[];
  readonly accepted: number;
  readonly refused: number;
  readonly ended: Readonly<Record<string, number>>;
  readonly slowestReadMs: number;
  /** What must not be; empty when all is well. */
  readonly breaches: readonly string[];
}

/** Harms a whole system at moments of chance while it works, and holds it to the invariants. */
export async function soak(options: Soak): Promise<SoakReport> {
  const { seed, durationMs, queue, pauses, tell = () => undefined } = options;
  const system = await SoakSystem.start(queue === 'redis');
  const reader = new CatalogueReader(
    system.api.url,
    KEY,
    (turn) => `/api/v2/models?limit=${1 + (turn % 200)}`,
  );
  const load = new Load(system, seed);
  const faults = faultSchedule(seed, durationMs, queue === 'redis', pauses && [...pauses]);
  const began = performance.now();
  for (const fault of faults) {
    await sleep(Math.max(0, began + fault.at - performance.now()));
    tell(
      `${(fault.at / 1_000).toFixed(1)} s: ${fault.kind}, for ${(fault.lasts / 1_000).toFixed(1)} s`,
    );
    await system.suffer(fault);
  }
  await sleep(Math.max(0, began + durationMs - performance.now()));
  const refused = await load.stop();
  const { database, requests, accepted } = system;
  const found = await breaches({ database, requests, accepted }, ENDS_WITHIN_MS);
  await reader.stop();
  const { rows } = await database.query<{ status: string; runs: number }>(
    `SELECT status::text, count(*)::int AS runs FROM certification_runs GROUP BY 1 ORDER BY 1`,
  );
  await system.stop();
  return {
    faults,
    accepted: accepted.length,
    refused,
    ended: Object.fromEntries(rows.map(({ status, runs }) => [status, runs])),
    slowestReadMs: Math.round(reader.slowestMs),
    breaches: [...found, ...reader.faults],
  };
}

/** Asks for certifications of chance, all the time. */
class Load {
  private stopped = false;
  private refused = 0;
  private readonly ended: Promise<void>;

  constructor(system: SoakSystem, seed: number) {
    this.ended = this.run(system, randomFrom(seed + 1));
  }

  /** @returns how many requests were not accepted */
  async stop(): Promise<number> {
    this.stopped = true;
    await this.ended;
    return this.refused;
  }

  private async run(system: SoakSystem, random: () => number): Promise<void> {
    while (!this.stopped) {
      const { deployments } = system;
      const status = await system.request(
        deployments[Math.floor(random() * deployments.length)] ?? '',
      );
      if (status !== 202) this.refused += 1;
      await sleep(REQUEST_EVERY_MS);
    }
  }
}
