import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { ChildService, clockOff } from '../support/child-service.js';
import { jobBecomes, requestJob } from '../support/jobs.js';
import { isStreamed, plainAnswer } from '../support/plain-model.js';
import { Rows } from '../support/rows.js';
import { MODEL } from '../support/samples.js';
import { json, ScriptedProvider } from '../support/scripted-provider.js';
import { dataOf, TestService } from '../support/service.js';

const HOUR_MS = 3_600_000;
const WITHIN = { timeout: 40_000, interval: 100 };
/** Of a moment within a run that just ended, however slow the machine. */
const NEAR_MS = 60_000;
const VERDICT = { status: 'QUALITY_WARNING' } as const; // `smoke` leaves claims untested

let catalogue: TestService;
let rows: Rows;
let provider: ScriptedProvider;

beforeAll(async () => {
  provider = await ScriptedProvider.start((request) => plainAnswer(request, 50));
  catalogue = await TestService.start({ ROLE: 'api' });
  rows = new Rows(catalogue);
});

afterAll(async () => {
  await catalogue.close();
  await provider.close();
});

const processes = new Set<ChildService>();

/** A process whose clock is off by some milliseconds, until the test is over. */
async function processOff(ms: number, env: Record<string, string> = {}): Promise<ChildService> {
  const started = await ChildService.start(catalogue, {
    ...{ ROLE: 'worker', ...clockOff(ms), ...env },
  });
  processes.add(started);
  return started;
}

async function crash(one: ChildService): Promise<void> {
  processes.delete(one);
  await one.close('SIGKILL');
}

afterEach(() => Promise.all([...processes].map(crash)));

interface Times {
  readonly name: string;
  readonly offMs: number;
}

/** Every time that a run left, and how far it is from the database's. */
async function timesOf(jobId: string): Promise<Times[]> {
  const { rows: found } = await catalogue.database.query<Times>(
    `WITH run AS (SELECT * FROM certification_runs WHERE "jobId" = $1)
     SELECT name, abs(extract(epoch FROM now() AT TIME ZONE 'UTC' - moment) * 1000)::float8 AS "offMs"
       FROM (SELECT 'created' AS name, "createdAt" AS moment FROM run
             UNION ALL SELECT 'started', "startedAt" FROM run
             UNION ALL SELECT 'completed', "completedAt" FROM run
             UNION ALL SELECT p.probe || ' started', p."startedAt"
               FROM certification_probe_results p JOIN run ON run.id = p."runId"
             UNION ALL SELECT p.probe || ' completed', p."completedAt"
               FROM certification_probe_results p JOIN run ON run.id = p."runId"
             UNION ALL SELECT 'rated', c."ratingUpdatedAt"
               FROM model_certifications c JOIN run ON c."verdictRunId" = run.id
             UNION ALL SELECT 'expires', c."expiresAt" - interval '3 days'
               FROM model_certifications c JOIN run ON c."verdictRunId" = run.id) times`,
    [jobId],
  );
  return found;
}

/** Durations of a run that are below zero. */
async function negative(jobId: string): Promise<unknown[]> {
  const { rows: found } = await catalogue.database.query(
    `SELECT p.probe, exchange->'totalMs' AS total, exchange->'firstTokenMs' AS first
       FROM certification_runs r JOIN certification_probe_results p ON p."runId" = r.id,
            jsonb_array_elements(p.evidence) exchange
      WHERE r."jobId" = $1 AND (p."completedAt" < p."startedAt" OR r."completedAt" < r."startedAt"
        OR (exchange->>'totalMs')::float8 < 0 OR (exchange->>'firstTokenMs')::float8 < 0)`,
    [jobId],
  );
  return found;
}

describe('A worker whose clock', { timeout: 90_000 }, () => {
  it.each([
    ['is an hour ahead, then jumps back by two,', HOUR_MS, [false, true]],
    ['is an hour behind', -HOUR_MS, [false]],
  ])('%s writes the times of the database', async (name, offMs, turns) => {
    const worker = await processOff(offMs);
    for (const jumps of turns) {
      const asked = provider.requests.length;
      const words = `${name}, jumps: ${jumps}`;
      const at = await rows.deployedAt(provider.url, words.replaceAll(/\W+/g, '-'));
      const jobId = await requestJob(catalogue, at);
      await expect.poll(() => provider.requests.length, WITHIN).toBeGreaterThan(asked + 1);
      if (jumps) worker.signal('SIGUSR2'); // in the middle of the run
      const { avgLatencyMs } = await jobBecomes(catalogue, jobId, VERDICT, WITHIN.timeout);
      expect(avgLatencyMs ?? 0, words).toBeGreaterThanOrEqual(0);
      const times = await timesOf(jobId);
      expect(times.length, words).toBeGreaterThan(6);
      expect(times.filter((time) => time.offMs > NEAR_MS)).toEqual([]);
      expect(await negative(jobId), words).toEqual([]);
    }
  });

  it('is ahead puts a run to sleep, and dies: another one wakes it in time', async () => {
    let healthy = false;
    provider.script = (request) =>
      isStreamed(request.body) && !healthy ? json({}, 503) : plainAnswer(request);
    const ahead = await processOff(HOUR_MS, { CERTIFICATION_RETRY_SECONDS: '1' });
    const jobId = await requestJob(catalogue, await rows.deployedAt(provider.url, 'sleeper'));
    await jobBecomes(catalogue, jobId, { errorCategory: 'PROVIDER_ERROR' }, WITHIN.timeout);
    await crash(ahead);
    healthy = true;
    await processOff(0);
    await jobBecomes(catalogue, jobId, VERDICT, WITHIN.timeout);
  });

  it('is ahead ticks, and dies: the schedule of the others is neither lost nor doubled', async () => {
    provider.script = (request) => plainAnswer(request);
    const schedule = { CERTIFICATION_SCHEDULE: 'on', CERTIFICATION_SCHEDULE_SECONDS: '1' };
    const nextTick = async () =>
      (await dataOf(catalogue.api.GET('/api/certification-queue/schedule'))).nextTickAt;
    const ahead = await processOff(HOUR_MS, schedule);
    await expect.poll(nextTick, WITHIN).not.toBeNull();
    await crash(ahead);
    const id = await rows.deployedAt(provider.url, 'scheduled');
    const testedAt = new Date(Date.now() - 167 * HOUR_MS);
    await rows.certificate(id, { testedAt, expiresAt: new Date(Date.now() + HOUR_MS) });
    await Promise.all([processOff(0, schedule), processOff(-HOUR_MS, schedule)]);
    await expect.poll(() => endedRuns(id), WITHIN).toBe(1);
    await sleep(3_000); // some more ticks
    expect(await endedRuns(id)).toBe(1);
  });
});

// Pages are read past any queue.
describe.skipIf(process.env.TEST_QUEUE === 'redis')('Processes whose clocks differ', () => {
  it('page through what they write without losing or doubling any of it', async () => {
    const api = { ROLE: 'api' };
    const writers = await Promise.all([processOff(HOUR_MS, api), processOff(-HOUR_MS, api)]);
    const add = async (turn: number) => {
      const body = { ...MODEL, name: `Paged ${turn}`, vendor: 'Paged' };
      return (writers[turn % 2] ?? catalogue).create('/api/v2/models', body);
    };
    const first = new Set<string>();
    for (let turn = 0; turn < 24; turn += 1) first.add(await add(turn));

    const seen: string[] = [];
    let cursor: string | undefined;
    for (let turn = 24; cursor !== undefined || seen.length === 0; turn += 1) {
      const query = { vendor: 'Paged', limit: 5, ...(cursor !== undefined && { cursor }) };
      const { data, page } = await dataOf(
        catalogue.api.GET('/api/v2/models', { params: { query } }),
      );
      seen.push(...data.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
      if (turn < 60) await add(turn);
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => first.has(id))).toHaveLength(first.size);
  }, 90_000);
});

/** Runs of a deployment that have ended; one that is under way counts as many. */
async function endedRuns(deploymentId: string): Promise<number> {
  const { rows: found } = await catalogue.database.query<{ ended: number; all: number }>(
    `SELECT count("completedAt")::int AS ended, count(*)::int AS all
       FROM certification_runs WHERE "deploymentId" = $1`,
    [deploymentId],
  );
  const { ended = 0, all = 0 } = found[0] ?? {};
  return ended === all ? ended : Number.POSITIVE_INFINITY;
}
