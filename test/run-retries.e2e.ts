import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { certificateOf } from './support/certifying.js';
import {
  cancelJob,
  jobBecomes,
  loseJobs,
  readJob,
  recordedCost,
  requestJob,
} from './support/jobs.js';
import { isStreamed, plainAnswer } from './support/plain-model.js';
import { Rows } from './support/rows.js';
import { json, ScriptedProvider } from './support/scripted-provider.js';
import { TestService } from './support/service.js';

/** Longer than any request waits in process: the run itself has to. */
const THROTTLED = json({ error: { message: 'Slow down' } }, 429, { 'retry-after': '90' });
const VERDICT = 'QUALITY_WARNING'; // `smoke` leaves claims untested

let catalogue: TestService;
let rows: Rows;
let provider: ScriptedProvider;

beforeAll(async () => {
  catalogue = await TestService.start({ CERTIFICATION_RETRY_SECONDS: '1' });
  rows = new Rows(catalogue);
});

afterAll(() => catalogue.close());

beforeEach(async () => {
  provider = await ScriptedProvider.start(THROTTLED);
});

afterEach(() => provider.close());

async function ofRun(jobId: string): Promise<Record<string, unknown>> {
  const { rows: found } = await catalogue.database.query<Record<string, unknown>>(
    `SELECT r.tries, r."lostWorkers", (SELECT jsonb_object_agg(probe, verdicts) FROM (
              SELECT probe, jsonb_agg(verdict ORDER BY attempt) AS verdicts
                FROM certification_probe_results WHERE "runId" = r.id GROUP BY probe) AS probes)
              AS probes
       FROM certification_runs r WHERE r."jobId" = $1`,
    [jobId],
  );
  return { ...found[0] };
}

describe('A run that meets an outage', () => {
  it('tries again by itself, and repeats only what is not settled', async () => {
    let healthy = false;
    provider.script = (request) =>
      isStreamed(request.body) && !healthy ? json({}, 503) : plainAnswer(request);
    const jobId = await requestJob(catalogue, await rows.deployedAt(provider.url, 'outage'));
    const waiting = await jobBecomes(catalogue, jobId, { errorCategory: 'PROVIDER_ERROR' });
    expect(waiting).toMatchObject({ rating: null, completedAt: null });
    healthy = true;
    await jobBecomes(catalogue, jobId, { status: VERDICT, errorMessage: null });
    const { tries, probes } = await ofRun(jobId);
    expect(tries).toBeGreaterThan(0);
    expect(probes).toMatchObject({ basicChat: ['PASS'] });
    expect(probes).toHaveProperty('streaming.0', 'INCONCLUSIVE_TRANSIENT');
  });

  it('waits as long as its provider asks, even when its job is lost', async () => {
    const jobId = await requestJob(catalogue, await rows.deployedAt(provider.url, 'throttled'));
    await jobBecomes(catalogue, jobId, { status: 'QUEUED', errorCategory: 'RATE_LIMIT' });
    const { nextAttemptAt } = await readJob(catalogue, jobId);
    const waitMs = Date.parse(String(nextAttemptAt)) - Date.now();
    expect(waitMs).toBeGreaterThan(60_000);
    expect(waitMs).toBeLessThan(91_000);

    await loseJobs(catalogue);
    const asked = provider.requests.length;
    await sleep(16_000); // the reconciler looks every 10 s at what is older than 5 s
    expect(provider.requests).toHaveLength(asked);

    provider.script = (request) => plainAnswer(request);
    await catalogue.database.query(
      `UPDATE certification_runs SET "nextAttemptAt" = now() - interval '5 seconds'
        WHERE "jobId" = $1`,
      [jobId],
    );
    await jobBecomes(catalogue, jobId, { status: VERDICT, nextAttemptAt: null });
  }, 60_000);

  it('ends without a verdict after four tries, and leaves the certificate', async () => {
    const deploymentId = await rows.deployedAt(provider.url, 'hopeless');
    await rows.certificate(deploymentId);
    const jobId = await requestJob(catalogue, deploymentId, { force: true });
    await jobBecomes(catalogue, jobId, { status: 'QUEUED', errorCategory: 'RATE_LIMIT' });
    await catalogue.database.query(
      `UPDATE certification_runs SET tries = 3, "nextAttemptAt" = now() - interval '5 seconds'
        WHERE "jobId" = $1`,
      [jobId],
    );
    await loseJobs(catalogue);
    const run = await jobBecomes(catalogue, jobId, { status: 'COMPLETED', rating: null });
    expect(run.completedAt).not.toBeNull();
    expect(await certificateOf(catalogue, deploymentId)).toMatchObject({
      ...{ status: 'COMPLETED', lastVerdict: 'CERTIFIED', expired: false },
    });
  });

  it('tells on its certificate why and how long it waits, until it goes on or is cancelled', async () => {
    const id = await rows.deployedAt(provider.url, 'told');
    const shown = () => certificateOf(catalogue, id);
    const first = await requestJob(catalogue, id);
    const waiting = { status: 'QUEUED', errorCategory: 'RATE_LIMIT' } as const;
    const { nextAttemptAt, errorMessage } = await jobBecomes(catalogue, first, waiting);
    expect(errorMessage).toContain('RATE_LIMIT');
    expect(await shown()).toMatchObject({
      ...{ status: 'QUEUED', nextAttemptAt, lastError: errorMessage },
    });
    await cancelJob(catalogue, first);
    expect(await shown()).toMatchObject({ status: 'CANCELLED', nextAttemptAt: null });

    provider.script = (request) => plainAnswer(request, 500);
    const second = await requestJob(catalogue, id);
    await jobBecomes(catalogue, second, { status: 'PROCESSING' });
    expect(await shown()).toMatchObject({ lastError: null, nextAttemptAt: null });
    await jobBecomes(catalogue, second, { status: VERDICT });
  });

  it('can be cancelled while it waits', async () => {
    const jobId = await requestJob(catalogue, await rows.deployedAt(provider.url, 'unwanted'));
    await jobBecomes(catalogue, jobId, { status: 'QUEUED', errorCategory: 'RATE_LIMIT' });
    const answer = await cancelJob(catalogue, jobId);
    expect(answer.body).toMatchObject({ status: 'CANCELLED', nextAttemptAt: null });
  });
});

describe('A run of what is switched off while it waits', () => {
  it.each<[string, string, (id: string, providerId: string) => Promise<void>]>([
    [
      'a deployment',
      'the deployment is not active',
      (id) => rows.patch(`/api/v2/deployments/${id}`, { isActive: false }),
    ],
    [
      'a provider',
      'its provider is not active',
      (_, providerId) => rows.patch(`/api/v2/providers/${providerId}`, { isActive: false }),
    ],
    [
      'a region',
      'it is not offered in eu',
      (id) => rows.patch(`/api/v2/deployments/${id}`, { regions: ['us'] }),
    ],
  ])('asks %s nothing, and leaves its certificate', async (what, reason, switchOff) => {
    const id = await rows.deployedAt(provider.url, `off-${what.replace(' ', '-')}`, {
      regions: ['us', 'eu'],
    });
    await rows.certificate(id, { region: 'eu' });
    const jobId = await requestJob(catalogue, id, { force: true, regions: ['eu'] });
    await jobBecomes(catalogue, jobId, { status: 'QUEUED', errorCategory: 'RATE_LIMIT' });
    const { providerId } = await rows.read<{ providerId: string }>(`/api/v2/deployments/${id}`);
    await switchOff(id, providerId);
    const asked = provider.requests.length;
    await catalogue.database.query(
      `UPDATE certification_runs SET "nextAttemptAt" = now() - interval '5 seconds'
        WHERE "jobId" = $1`,
      [jobId],
    );
    await loseJobs(catalogue);
    const run = await jobBecomes(catalogue, jobId, { status: 'FAILED' });
    expect(run).toMatchObject({ errorCategory: 'CONFIGURATION_ERROR', rating: null });
    expect(run.errorMessage).toBe(`Given up: ${reason}.`);
    expect(provider.requests).toHaveLength(asked);
    expect(await certificateOf(catalogue, id)).toMatchObject({
      ...{ status: 'FAILED', lastVerdict: 'CERTIFIED', expired: false },
      lastError: run.errorMessage,
    });
    await expect.poll(() => pointsOf(run.id), { timeout: 10_000 }).toEqual(['cost']);
  });
});

/** What was measured of a run. */
async function pointsOf(runId: string): Promise<string[]> {
  const { rows: found } = await catalogue.database.query<{ type: string }>(
    `SELECT "metricType" AS type FROM system_metrics WHERE metadata->>'runId' = $1`,
    [runId],
  );
  return found.map(({ type }) => type);
}

describe('A run whose workers die', () => {
  /** As it is found after so many deaths and claims. */
  async function orphan(jobId: string, lostWorkers: number, fence: number): Promise<void> {
    await catalogue.database.query(
      `UPDATE certification_runs
          SET status = 'PROCESSING', "leaseUntil" = now() - interval '1 second',
              "lostWorkers" = $2, fence = $3, "nextAttemptAt" = NULL
        WHERE "jobId" = $1`,
      [jobId, lostWorkers, fence],
    );
  }

  it.each([
    [4, 5, 'FAILED'],
    [3, 40, VERDICT],
  ] as const)('after %i lost ones and %i claims ends %s', async (lost, claims, status) => {
    const id = await rows.deployedAt(provider.url, `orphan-${lost}`);
    const jobId = await requestJob(catalogue, id);
    await jobBecomes(catalogue, jobId, { status: 'QUEUED', errorCategory: 'RATE_LIMIT' });
    provider.script = (request) => plainAnswer(request);
    await orphan(jobId, lost, claims);
    const errorCategory = status === 'FAILED' ? 'WORKER_LOST' : null;
    await jobBecomes(catalogue, jobId, { status, errorCategory });
    expect(await ofRun(jobId)).toMatchObject({ lostWorkers: lost + 1 });
  });

  it('and is given up tells what its attempts cost', async () => {
    provider.script = (request) =>
      isStreamed(request.body) ? { silent: true } : plainAnswer(request);
    const jobId = await requestJob(catalogue, await rows.deployedAt(provider.url, 'costly'));
    await expect.poll(() => recordedCost(catalogue, jobId), { timeout: 20_000 }).toBeGreaterThan(0);
    await orphan(jobId, 4, 5);
    const given = await jobBecomes(catalogue, jobId, { errorCategory: 'WORKER_LOST' });
    expect(given.costUsd).toBeCloseTo(await recordedCost(catalogue, jobId), 12);
  });
});
