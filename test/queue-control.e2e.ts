import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { SIMULATED, startSimulator, type Simulator } from '../src/embedded/simulator/simulator.js';
import type { components } from '../docs/api/openapi.js';
import { certificateOf } from './support/certifying.js';
import { cancelJob, jobBecomes, queueOf, readJob, setPaused, type Run } from './support/jobs.js';
import { entriesWritten } from './support/log-entries.js';
import { overtaken, waitForLocks } from './support/overtaken.js';
import { Rows } from './support/rows.js';
import { ScriptedProvider } from './support/scripted-provider.js';
import { dataOf, TestService } from './support/service.js';

let catalogue: TestService;
let rows: Rows;
let simulator: Simulator;
let silent: ScriptedProvider;

beforeAll(async () => {
  simulator = await startSimulator();
  catalogue = await TestService.start({ CERTIFICATION_CONCURRENCY: '1' });
  rows = new Rows(catalogue);
});

afterAll(async () => {
  await catalogue.close();
  await simulator.stop();
});

beforeEach(async () => {
  silent = await ScriptedProvider.start({ silent: true }); // keeps a run under way
});

afterEach(() => silent.close());

async function request(deploymentId: string): Promise<{ batchId: string; jobId: string }> {
  const { batchId, certifications } = await dataOf(
    catalogue.api.POST('/api/certification-queue', { body: { deploymentId } }),
  );
  return { batchId, jobId: String(certifications[0]?.jobId) };
}

describe('Cancelling', () => {
  it('ends a run that waits at once, and one under way within two seconds', async () => {
    const first = await rows.deployedAt(silent.url, 'silent-1');
    const active = await request(first);
    await jobBecomes(catalogue, active.jobId, { status: 'PROCESSING' });
    const waiting = await request(await rows.deployedAt(silent.url, 'silent-2'));

    const answer = await cancelJob(catalogue, waiting.jobId);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ status: 'CANCELLED' });

    await expect.poll(() => silent.requests.length).toBeGreaterThan(0);
    const start = performance.now();
    // Its worker may have ended it before the answer was read.
    const stopping = await cancelJob(catalogue, active.jobId);
    expect(['PROCESSING', 'CANCELLED']).toContain(stopping.body.status);
    const closed = await silent.lastRequest.closed;
    expect(closed - start).toBeLessThan(2_000);
    await jobBecomes(catalogue, active.jobId, { status: 'CANCELLED' }, 2_000);
    expect(await certificateOf(catalogue, first)).toMatchObject({
      status: 'CANCELLED',
      lastVerdict: null,
    });
    expect((await cancelJob(catalogue, active.jobId)).status).toBe(409);
    expect((await cancelJob(catalogue, 'cert-unknown-0')).status).toBe(404);
  });

  it('leaves the last verdict on the certificate', async () => {
    const id = await rows.deployedAt(simulator.baseUrl, SIMULATED.honest);
    const { jobId } = await request(id);
    await jobBecomes(catalogue, jobId, { status: 'CERTIFIED' });
    const blocker = await request(await rows.deployedAt(silent.url, 'silent-3'));
    await jobBecomes(catalogue, blocker.jobId, { status: 'PROCESSING' });
    const body = { deploymentId: id, force: true };
    const again = await dataOf(catalogue.api.POST('/api/certification-queue', { body }));
    const second = String(again.certifications[0]?.jobId);
    await cancelJob(catalogue, second);
    expect(await certificateOf(catalogue, id)).toMatchObject({
      ...{ status: 'CANCELLED', lastVerdict: 'CERTIFIED', badge: 'PREMIUM', passed: true },
    });
    await cancelJob(catalogue, blocker.jobId);
    await jobBecomes(catalogue, blocker.jobId, { status: 'CANCELLED' });
  });

  it('a batch spares the runs that another one wants', async () => {
    const blocker = await request(await rows.deployedAt(silent.url, 'silent-4'));
    await jobBecomes(catalogue, blocker.jobId, { status: 'PROCESSING' });
    const shared = await rows.deployedAt(silent.url, 'silent-5');
    const own = await rows.deployedAt(silent.url, 'silent-6');
    const both = await dataOf(
      catalogue.api.POST('/api/certification-queue', { body: { deploymentIds: [shared, own] } }),
    );
    const joined = await request(shared);
    const path = `/api/certification-queue/batches/${both.batchId}`;
    const answer = await catalogue.call('DELETE', path);
    expect(answer.body).toEqual({ cancelled: 1, stopping: 0, left: 1 });
    const again = await catalogue.call('DELETE', path);
    expect(again.body).toEqual({ cancelled: 0, stopping: 0, left: 1 });
    expect(await readJob(catalogue, joined.jobId)).toMatchObject({ status: 'QUEUED' });
    await cancelJob(catalogue, joined.jobId);
    expect((await catalogue.call('DELETE', path)).status).toBe(409);
    await cancelJob(catalogue, blocker.jobId);
    await jobBecomes(catalogue, blocker.jobId, { status: 'CANCELLED' });
  });
});

describe('Cancelling all batches that want a run', () => {
  const cancelBatch = ({ batchId }: { batchId: string }) =>
    catalogue.call('DELETE', `/api/certification-queue/batches/${batchId}`);

  it('ends it with the last of them', async () => {
    const id = await rows.deployedAt(silent.url, 'silent-9');
    const [first, second] = [await request(id), await request(id)];
    await jobBecomes(catalogue, first.jobId, { status: 'PROCESSING' });
    expect((await cancelBatch(first)).body).toEqual({ cancelled: 0, stopping: 0, left: 1 });
    expect((await cancelBatch(second)).body).toEqual({ cancelled: 0, stopping: 1, left: 0 });
    await jobBecomes(catalogue, first.jobId, { status: 'CANCELLED' });
  });

  it('at the same time ends it, too', async () => {
    const id = await rows.deployedAt(silent.url, 'silent-10');
    const batches = await Promise.all(Array.from({ length: 10 }, () => request(id)));
    await Promise.all(batches.map(cancelBatch));
    await jobBecomes(catalogue, batches[0]?.jobId ?? '', { status: 'CANCELLED' });
  });
});

describe('Cancelling a batch while somebody asks for the same', () => {
  beforeEach(async () => {
    await setPaused(catalogue, true);
    return () => setPaused(catalogue, false);
  });

  it('ends no run that this request was answered with', async () => {
    const id = await rows.deployedAt(silent.url, 'silent-11');
    const first = await request(id);
    const holder = await catalogue.database.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM certification_runs WHERE "jobId" = $1 FOR NO KEY UPDATE', [
      first.jobId,
    ]);
    const path = `/api/certification-queue/batches/${first.batchId}`;
    const cancelled = catalogue.call('DELETE', path);
    const waiting = (count: number) =>
      expect.poll(() => waitForLocks(catalogue.database), { timeout: 10_000 }).toBe(count);
    const asked = waiting(1).then(() => request(id));
    try {
      await Promise.race([asked, waiting(2)]);
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
    expect((await cancelled).body).toEqual({ cancelled: 1, stopping: 0, left: 0 });
    const second = await asked;
    expect((await readJob(catalogue, second.jobId)).status).not.toBe('CANCELLED');
    await cancelJob(catalogue, second.jobId);
  });
});

describe('Repeating', () => {
  const retry = (jobId: string) =>
    catalogue.call('POST', `/api/certification-queue/jobs/${jobId}/retry`);

  async function cancelled(deploymentId: string): Promise<string> {
    const { jobId } = await request(deploymentId);
    await cancelJob(catalogue, jobId);
    await jobBecomes(catalogue, jobId, { status: 'CANCELLED' });
    return jobId;
  }

  it('makes a new run of one that did not certify, and of no other', async () => {
    const id = await rows.deployedAt(silent.url, 'silent-7');
    const first = await request(id);
    await jobBecomes(catalogue, first.jobId, { status: 'PROCESSING' });
    expect((await retry(first.jobId)).status).toBe(409);
    await cancelJob(catalogue, first.jobId);
    await jobBecomes(catalogue, first.jobId, { status: 'CANCELLED' });
    const answer = await retry(first.jobId);
    expect(answer.status, answer.text).toBe(202);
    const { certifications } = JSON.parse(answer.text) as components['schemas']['AcceptedDto'];
    const second = String(certifications[0]?.jobId);
    expect(certifications).toMatchObject([{ deploymentId: id, joined: false, cached: false }]);
    expect(await readJob(catalogue, first.jobId)).toMatchObject({ status: 'CANCELLED' });
    await cancelJob(catalogue, second);
    await jobBecomes(catalogue, second, { status: 'CANCELLED' });
  });

  it('is for a run with warnings, too, and for none that certified', async () => {
    const params = { deploymentId: await rows.deployedAt(simulator.baseUrl, SIMULATED.honest) };
    const runOf = async (profile: 'smoke' | 'standard', status: Run['status']) => {
      const body = { ...params, profile, force: true };
      const { certifications } = await dataOf(
        catalogue.api.POST('/api/certification-queue', { body }),
      );
      const jobId = String(certifications[0]?.jobId);
      await jobBecomes(catalogue, jobId, { status });
      return jobId;
    };
    const certified = await runOf('standard', 'CERTIFIED');
    expect((await retry(certified)).status).toBe(409);
    const warned = await runOf('smoke', 'QUALITY_WARNING');
    const answer = await retry(warned);
    expect(answer.status, answer.text).toBe(202);
    expect(answer.body).toMatchObject({ certifications: [{ profile: 'smoke', joined: false }] });
  });

  it.each([{ isActive: false }, { regions: ['eu-west-1'] }])(
    'is refused once the deployment has %j',
    async (change) => {
      const regions = ['us-east-1'];
      const id = await rows.deployedAt(silent.url, 'silent-8', { regions });
      const jobId = await cancelled(id);
      await rows.patch(`/api/v2/deployments/${id}`, change);
      expect((await retry(jobId)).status).toBe(409);
    },
  );

  it('finds nothing to repeat when the deployment is removed at that moment', async () => {
    const id = await rows.deployedAt(silent.url, 'silent-9');
    const jobId = await cancelled(id);
    const removal = 'DELETE FROM model_deployments WHERE id = $1';
    const answer = await overtaken(catalogue.database, [removal, [id]], () => retry(jobId));
    expect(answer.status, answer.text).toBe(404);
  });
});

describe('A paused queue', () => {
  it('starts nothing until it is resumed', async () => {
    await setPaused(catalogue, true);
    const { jobId } = await request(await rows.deployedAt(simulator.baseUrl, SIMULATED.honest));
    await sleep(1_500); // in which it would start
    expect(await readJob(catalogue, jobId)).toMatchObject({ status: 'QUEUED' });
    await setPaused(catalogue, false);
    await jobBecomes(catalogue, jobId, { status: 'CERTIFIED' });
  });

  it('forgets the run of a deployment that is removed, and nothing is at fault', async () => {
    await setPaused(catalogue, true);
    const id = await rows.deployedAt(simulator.baseUrl, SIMULATED.honest);
    const { jobId } = await request(id);
    expect((await catalogue.call('DELETE', `/api/v2/deployments/${id}`)).status).toBe(204);
    await setPaused(catalogue, false);
    const queue = queueOf(catalogue);
    await expect.poll(() => queue.getJob(jobId), { timeout: 10_000 }).toBeUndefined();
    await queue.close();
    await entriesWritten(catalogue);
    const { text } = await catalogue.call('GET', '/api/v2/logs?level=error&limit=200');
    expect(text).not.toContain(jobId);
  });
});
