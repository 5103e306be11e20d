import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { components } from '../docs/api/openapi.js';
import { MODEL, PRICES, PROVIDER } from './support/samples.js';
import { dataOf, TestService } from './support/service.js';

type JobPage = components['schemas']['RunPage'];

/** Without a worker: what is asked for stays in the queue. */
let catalogue: TestService;
const ids: string[] = [];

beforeAll(async () => {
  catalogue = await TestService.start({ ROLE: 'api' });
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
        const path = { jobId: String(job.jobId) };
        const read = catalogue.api.GET('/api/certification-queue/jobs/{jobId}', {
          params: { path },
        });
        expect(await dataOf(read)).toEqual(job);
      }
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(regions.toSorted((a, b) => a.localeCompare(b))).toEqual(['eu', 'us']);
  });

  it('does not know every job', async () => {
    const jobs = '/api/certification-queue/jobs';
    expect((await catalogue.call('GET', `${jobs}/none`)).status).toBe(404);
    expect((await catalogue.call('GET', `${jobs}/a%00b`)).status).toBe(400);
    expect((await catalogue.call('GET', `${jobs}?status=LOST`)).status).toBe(400);
  });
});
