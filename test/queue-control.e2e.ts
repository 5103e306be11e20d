import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { SIMULATED, startSimulator, type Simulator } from '../src/embedded/simulator/simulator.js';
import type { components } from '../docs/api/openapi.js';
import { queueOf } from './support/jobs.js';
import { overtaken, waitForLocks } from './support/overtaken.js';
import { Rows } from './support/rows.js';
import { ScriptedProvider } from './support/scripted-provider.js';
import { dataOf, TestService } from './support/service.js';

type Run = components['schemas']['RunDto'];

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

function job(jobId: string): Promise<Run> {
  const params = { path: { jobId } };
  return dataOf(catalogue.api.GET('/api/certification-queue/jobs/{jobId}', { params }));
}

async function reaches(jobId: string, status: Run['status'], within = 15_000): Promise<void> {
  await expect
    .poll(async () => (await job(jobId)).status, { timeout: within, interval: 50 })
    .toBe(status);
}

function cancel(jobId: string) {
  return catalogue.call('DELETE', `/api/certification-queue/jobs/${jobId}`);
}

async function certificateOf(deploymentId: string) {
  const params = { query: { deploymentId } };
  const { data } = await dataOf(catalogue.api.GET('/api/v2/certifications', { params }));
  return data[0];
}

describe('Cancelling', () => {
  it('ends a run that waits at once, and one under way within two seconds', async () => {
    const first = await rows.deployedAt(silent.url, 'silent-1');
    const active = await request(first);
    await reaches(active.jobId, 'PROCESSING');
    const waiting = await request(await rows.deployedAt(silent.url, 'silent-2'));

    const answer = await cancel(waiting.jobId);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ status: 'CANCELLED' });

    await expect.poll(() => silent.requests.length).toBeGreaterThan(0);
    const start = performance.now();
    // Its worker may have ended it before the answer was read.
    const stopping = await cancel(active.jobId);
    expect(['PROCESSING', 'CANCELLED']).toContain(stopping.body.status);
    const closed = await silent.lastRequest.closed;
    expect(closed - start).toBeLessThan(2_000);
    await reaches(active.jobId, 'CANCELLED', 2_000);
    expect(await certificateOf(first)).toMatchObject({ status: 'CANCELLED', lastVerdict: null });
    expect((await cancel(active.jobId)).status).toBe(409);
    expect((await cancel('cert-unknown-0')).status).toBe(404);
  });

  it('leaves the last verdict on the certificate', async () => {
    const id = await rows.deployedAt(simulator.baseUrl, SIMULATED.honest);
    const { jobId } = await request(id);
    await reaches(jobId, 'CERTIFIED');
    const blocker = await request(await rows.deployedAt(silent.url, 'silent-3'));
    await reaches(blocker.jobId, 'PROCESSING');
    const body = { deploymentId: id, force: true };
    const again = await dataOf(catalogue.api.POST('/api/certification-queue', { body }));
    const second = String(again.certifications[0]?.jobId);
    await cancel(second);
    expect(await certificateOf(id)).toMatchObject({
      ...{ status: 'CANCELLED', lastVerdict: 'CERTIFIED', badge: 'PREMIUM', passed: true },
    });
    await cancel(blocker.jobId);
    await reaches(blocker.jobId, 'CANCELLED');
  });

  it('a batch spares the runs that another one wants', async () => {
    const blocker = await request(await rows.deployedAt(silent.url, 'silent-4'));
    await reaches(blocker.jobId, 'PROCESSING');
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
    expect(await job(joined.jobId)).toMatchObject({ status: 'QUEUED' });
    await cancel(joined.jobId);
    expect((await catalogue.call('DELETE', path)).status).toBe(409);
    await cancel(blocker.jobId);
    await reaches(blocker.jobId, 'CANCELLED');
  });
});

describe('Cancelling all batches that want a run', () => {
  const cancelBatch = ({ batchId }: { batchId: string }) =>
    catalogue.call('DELETE', `/api/certification-queue/batches/${batchId}`);

  it('ends it with the last of them', async () => {
    const id = await rows.deployedAt(silent.url, 'silent-9');
    const [first, second] = [await request(id), await request(id)];
    await reaches(first.jobId, 'PROCESSING');
    expect((await cancelBatch(first)).body).toEqual({ cancelled: 0, stopping: 0, left: 1 });
    expect((await cancelBatch(second)).body).toEqual({ cancelled: 0, stopping: 1, left: 0 });
    await reaches(first.jobId, 'CANCELLED');
  });

  it('at the same time ends it, too', async () => {
    const id = await rows.deployedAt(silent.url, 'silent-10');
    const batches = await Promise.all(Array.from({ length: 10 }, () => request(id)));
    await Promise.all(batches.map(cancelBatch));
    await reaches(batches[0]?.jobId ?? '', 'CANCELLED');
  });
});

describe('Cancelling a batch while somebody asks for the same', () => {
  const setPaused = (paused: boolean) =>
    catalogue.call('POST', `/api/certification-queue/${paused ? 'pause' : 'resume'}`);

  beforeEach(async () => {
    await setPaused(true);
    return () => setPaused(false);
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
    expect((await job(second.jobId)).status).not.toBe('CANCELLED');
    await cancel(second.jobId);
  });
});

describe('Repeating', () => {
  const retry = (jobId: string) =>
    catalogue.call('POST', `/api/certification-queue/jobs/${jobId}/retry`);

  async function cancelled(deploymentId: string): Promise<string> {
    const { jobId } = await request(deploymentId);
    await cancel(jobId);
    await reaches(jobId, 'CANCELLED');
    return jobId;
  }

  it('makes a new run of one that did not certify, and of no other', async () => {
    const id = await rows.deployedAt(silent.url, 'silent-7');
    const first = await request(id);
    await reaches(first.jobId, 'PROCESSING');
    expect((await retry(first.jobId)).status).toBe(409);
    await cancel(first.jobId);
    await reaches(first.jobId, 'CANCELLED');
    const answer = await retry(first.jobId);
    expect(answer.status, answer.text).toBe(202);
    const { certifications } = JSON.parse(answer.text) as components['schemas']['AcceptedDto'];
    const second = String(certifications[0]?.jobId);
    expect(certifications).toMatchObject([{ deploymentId: id, joined: false, cached: false }]);
    expect(await job(first.jobId)).toMatchObject({ status: 'CANCELLED' });
    await cancel(second);
    await reaches(second, 'CANCELLED');
  });

  it('is for a run with warnings, too, and for none that certified', async () => {
    const params = { deploymentId: await rows.deployedAt(simulator.baseUrl, SIMULATED.honest) };
    const runOf = async (profile: 'smoke' | 'standard', status: Run['status']) => {
      const body = { ...params, profile, force: true };
      const { certifications } = await dataOf(
        catalogue.api.POST('/api/certification-queue', { body }),
      );
      const jobId = String(certifications[0]?.jobId);
      await reaches(jobId, status);
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
    const state = (path: 'pause' | 'resume') =>
      catalogue.call('POST', `/api/certification-queue/${path}`);
    expect((await state('pause')).body).toMatchObject({ paused: true });
    const { jobId } = await request(await rows.deployedAt(simulator.baseUrl, SIMULATED.honest));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await job(jobId)).toMatchObject({ status: 'QUEUED' });
    expect((await state('resume')).body).toMatchObject({ paused: false });
    await reaches(jobId, 'CERTIFIED');
  });

  it('forgets the run of a deployment that is removed, and nothing is at fault', async () => {
    await catalogue.call('POST', '/api/certification-queue/pause');
    const id = await rows.deployedAt(simulator.baseUrl, SIMULATED.honest);
    const { jobId } = await request(id);
    expect((await catalogue.call('DELETE', `/api/v2/deployments/${id}`)).status).toBe(204);
    await catalogue.call('POST', '/api/certification-queue/resume');
    const queue = queueOf(catalogue);
    await expect.poll(() => queue.getJob(jobId), { timeout: 10_000 }).toBeUndefined();
    await queue.close();
    await new Promise((resolve) => setTimeout(resolve, 1_500)); // entries are written in batches
    const { text } = await catalogue.call('GET', '/api/v2/logs?level=error&limit=200');
    expect(text).not.toContain(jobId);
  });
});
