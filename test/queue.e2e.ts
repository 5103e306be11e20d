import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { components } from '../docs/api/openapi.js';
import { ChildService } from './support/child-service.js';
import { cancelJob, loseJobs, queueOf, readJob, requestJob, setPaused } from './support/jobs.js';
import { overtaken } from './support/overtaken.js';
import { Rows } from './support/rows.js';
import { MODEL, PRICES, PROVIDER } from './support/samples.js';
import { dataOf, TestService } from './support/service.js';

type JobPage = components['schemas']['RunPage'];

/** Without a worker: what is asked for stays in the queue. */
let catalogue: TestService;
let rows: Rows;
const ids: string[] = [];

beforeAll(async () => {
  catalogue = await TestService.start({ ROLE: 'api' });
  rows = new Rows(catalogue);
  const baseModelId = await catalogue.create('/api/v2/models', MODEL);
  const providerId = await catalogue.create('/api/v2/providers', PROVIDER);
  for (const deploymentId of ['one', 'two']) {
    const body = { baseModelId, providerId, deploymentId, regions: ['us', 'eu'], ...PRICES };
    const id = await catalogue.create('/api/v2/deployments', body);
    ids.push(id);
    await catalogue.call('POST', '/api/certification-queue', { deploymentId: id });
  }
});

afterAll(() => catalogue.close());

describe('the certification queue', () => {
  it('tells its state', async () => {
    const state = await dataOf(catalogue.api.GET('/api/certification-queue'));
    // Redis counts the workers of its other databases as well.
    expect(state.workers).toEqual(expect.any(Number));
    expect(state).toMatchObject({ counts: { QUEUED: 4, CERTIFIED: 0 }, paused: false });
  });

  it.each([
    [{}, 4],
    [{ region: 'eu' }, 2],
    [{ status: 'QUEUED' as const }, 4],
    [{ status: 'FAILED' as const }, 0],
  ])('lists the jobs with %j', async (query, count) => {
    const params = { query };
    const { data } = await dataOf(catalogue.api.GET('/api/certification-queue/jobs', { params }));
    expect(data).toHaveLength(count);
  });

  it('lists the jobs of a deployment, page by page, and reads each', async () => {
    const [deploymentId] = ids;
    let cursor: string | null | undefined;
    const regions: string[] = [];
    do {
      const query = { limit: 1, deploymentId, ...(cursor && { cursor }) };
      const { data, page }: JobPage = await dataOf(
        catalogue.api.GET('/api/certification-queue/jobs', { params: { query } }),
      );
      for (const job of data) {
        regions.push(job.region);
        expect(await readJob(catalogue, String(job.jobId))).toEqual(job);
      }
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(regions.toSorted((a, b) => a.localeCompare(b))).toEqual(['eu', 'us']);
  });

  it('does not know every job', async () => {
    const jobs = '/api/certification-queue/jobs';
    expect((await catalogue.call('GET', `${jobs}/none`)).status).toBe(404);
    const strange = await catalogue.call('GET', `${jobs}/a%00b`);
    expect(strange.status).toBe(400);
    expect(strange.body).toMatchObject({ errors: [{ pointer: '/jobId' }] });
    expect((await catalogue.call('GET', `${jobs}?status=LOST`)).status).toBe(400);
  });
});

describe('Cancelling a job', () => {
  it.each([
    ['QUEUED', 'PROCESSING', 'PROCESSING'],
    ['PROCESSING', 'QUEUED', 'CANCELLED'],
  ])('whose run goes from %s to %s at that moment reaches it', async (before, after, left) => {
    const deployment = await rows.deployedAt('http://127.0.0.1:9/v1', 'model');
    const jobId = await requestJob(catalogue, deployment);
    const become = 'UPDATE certification_runs SET status = $2 WHERE "jobId" = $1';
    await catalogue.database.query(become, [jobId, before]);
    const answer = await overtaken(catalogue.database, [become, [jobId, after]], () =>
      cancelJob(catalogue, jobId),
    );
    expect(answer.status, answer.text).toBe(202);
    const { rows: found } = await catalogue.database.query(
      `SELECT status, "cancelRequestedAt" IS NOT NULL AS asked FROM certification_runs
        WHERE "jobId" = $1`,
      [jobId],
    );
    expect(found).toEqual([{ status: left, asked: true }]);
  });
});

describe('what became of no job', () => {
  it('is put in the queue by its turn, however many wait', async () => {
    const deploy = (name: string) => rows.deployedAt('http://127.0.0.1:9/v1', name);
    await catalogue.database.query(
      `WITH made AS (
         INSERT INTO model_certifications (id, "deploymentId", region, status, "updatedAt")
         SELECT gen_random_uuid(), $1, 'r-' || n, 'QUEUED', now() FROM generate_series(1, 500) n
         RETURNING id, "deploymentId", region)
       INSERT INTO certification_runs
         (id, "certificationId", "deploymentId", region, status, priority, "suiteVersion",
          "createdAt", "updatedAt")
       SELECT gen_random_uuid(), id, "deploymentId", region, 'QUEUED', 'low', '1.0.0',
              now() - interval '1 hour', now() - interval '1 hour' FROM made`,
      [await deploy('crowded')],
    );
    const lateJob = await requestJob(catalogue, await deploy('late'), { priority: 'low' });
    const urgentJob = await requestJob(catalogue, await deploy('urgent'), { priority: 'high' });
    await loseJobs(catalogue);
    await setPaused(catalogue, true);
    await catalogue.database.query(
      `UPDATE certification_runs
          SET status = (CASE "jobId" WHEN $1 THEN 'PENDING' ELSE 'QUEUED' END)::"CertificationStatus",
              "updatedAt" = now() - interval '6 seconds'
        WHERE "jobId" IN ($1, $2)`,
      [lateJob, urgentJob],
    );
    const worker = await ChildService.start(catalogue, { ROLE: 'worker' });
    const queue = queueOf(catalogue);
    const found = () => Promise.all([queue.getJob(lateJob), queue.getJob(urgentJob)]);
    await expect
      .poll(found, { timeout: 15_000, interval: 200 })
      .toMatchObject([{ id: lateJob }, { id: urgentJob }]);
    await queue.close();
    await worker.close();
  });
});
