import type pg from 'pg';

import { PROBES } from '../../src/certification/probes/index.js';
import type { RecordedRequest } from '../support/scripted-provider.js';

/** A run in whose middle a worker may have been killed. */
export interface RunAfterKill {
  /** Whether its own worker was killed: another one took it up. */
  readonly interrupted: boolean;
  /** From the kill until its next probe began; null: it was not interrupted. */
  readonly resumedAfterMs: number | null;
  /** Requests of the attempt that the kill interrupted, which had to be made again. */
  readonly wasted: number;
  /** What must not be; empty when all is well. */
  readonly faults: readonly string[];
}

interface Attempt {
  readonly probe: string;
  readonly verdict: string;
  readonly startedAt: number;
  /** Requests it made, by its evidence. */
  readonly tries: number;
}

/** A request that was on its way at the kill arrives before; whoever takes over begins much later. */
const ON_ITS_WAY_MS = 1_000;
const MAX_RESUME_MS = 15_000;
/** Of one attempt of the probe with the most of them. */
const MAX_WASTED = 8;
const VERDICTS = ['CERTIFIED', 'QUALITY_WARNING'];

/** Holds a run against its rows and against what the provider saw of it. */
export async function whatBecameOf(
  database: pg.Pool,
  runId: string,
  requests: readonly RecordedRequest[],
  killedAt: number,
): Promise<RunAfterKill> {
  const { rows } = await database.query<{ status: string; fence: number }>(
    `SELECT status::text, fence FROM certification_runs WHERE id = $1`,
    [runId],
  );
  const { status = 'gone', fence = 0 } = rows[0] ?? {};
  const attempts = await attemptsOf(database, runId);
  const border = killedAt + ON_ITS_WAY_MS;
  const interrupted = fence > 1;
  const isLater = (moment: number) => interrupted && moment > border;
  const early = attempts.filter(({ startedAt }) => !isLater(startedAt));
  const late = attempts.filter(({ startedAt }) => isLater(startedAt));
  const seenLate = requests.filter(({ at }) => isLater(at)).length;
  const wasted = Math.max(0, requests.length - seenLate - triesOf(early));
  const next = Math.min(...late.map(({ startedAt }) => startedAt));
  const resumedAfterMs = interrupted ? next - killedAt : null;
  const faults = [
    ...(VERDICTS.includes(status) ? [] : [`lost: ${status}`]),
    ...(fence > 2 ? [`claimed ${fence} times`] : []),
    ...missing(attempts).map((probe) => `${probe} is missing`),
    ...repeated(early, late).map((probe) => `${probe} is doubled`),
    ...(seenLate > triesOf(late) ? [`${seenLate - triesOf(late)} requests nobody recorded`] : []),
    ...(wasted > (interrupted ? MAX_WASTED : 0) ? [`${wasted} requests wasted`] : []),
    ...((resumedAfterMs ?? 0) > MAX_RESUME_MS ? [`resumed after ${resumedAfterMs} ms`] : []),
  ];
  return { interrupted, resumedAfterMs, wasted, faults };
}

async function attemptsOf(database: pg.Pool, runId: string): Promise<Attempt[]> {
  const { rows } = await database.query<Attempt>(
    `SELECT probe, verdict::text,
            extract(epoch FROM "startedAt" AT TIME ZONE 'UTC')::float8 * 1000 AS "startedAt",
            (SELECT coalesce(sum(jsonb_array_length(exchange->'faults')
                                 + (exchange->>'answered')::boolean::int), 0)::int
               FROM jsonb_array_elements(evidence) exchange) AS tries
       FROM certification_probe_results WHERE "runId" = $1 ORDER BY "startedAt"`,
    [runId],
  );
  return rows;
}

function triesOf(attempts: readonly Attempt[]): number {
  return attempts.reduce((sum, { tries }) => sum + tries, 0);
}

function missing(attempts: readonly Attempt[]): string[] {
  const found = new Set(attempts.map(({ probe }) => probe));
  return PROBES.map(({ name }) => name).filter((name) => !found.has(name));
}

/** Probes that were settled before the kill and asked again after it. */
function repeated(early: readonly Attempt[], late: readonly Attempt[]): string[] {
  const settled = early.filter(({ verdict }) => !verdict.startsWith('INCONCLUSIVE'));
  const again = new Set(late.map(({ probe }) => probe));
  return settled.map(({ probe }) => probe).filter((probe) => again.has(probe));
}
