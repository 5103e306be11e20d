import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ChildService } from './support/child-service.js';
import { jobBecomes, readJob, requestJob, requestJobs } from './support/jobs.js';
import { plainAnswer } from './support/plain-model.js';
import { Rows } from './support/rows.js';
import { ScriptedProvider } from './support/scripted-provider.js';
import { TestService } from './support/service.js';

const LIMIT = 4;
const SETTINGS = {
  CERTIFICATION_CONCURRENCY: '16',
  CERTIFICATION_PROVIDER_CONCURRENCY: String(LIMIT),
};
const SLOW_MS = 100;

let catalogue: TestService;
let worker: ChildService;
let rows: Rows;
/** Answers nothing before it is let. */
let slow: ScriptedProvider;
let letAnswer = (): void => undefined;
let fast: ScriptedProvider;
let atOnce = 0;
let mostAtOnce = 0;

beforeAll(async () => {
  const after = new Promise<void>((resolve) => (letAnswer = resolve));
  slow = await ScriptedProvider.start((request) => {
    atOnce += 1;
    mostAtOnce = Math.max(mostAtOnce, atOnce);
    void request.closed.then(() => (atOnce -= 1));
    return { ...plainAnswer(request, SLOW_MS), after };
  });
  fast = await ScriptedProvider.start((request) => plainAnswer(request));
  catalogue = await TestService.start(SETTINGS);
  worker = await ChildService.start(catalogue, { ...SETTINGS, ROLE: 'worker' });
  rows = new Rows(catalogue);
}, 120_000);

afterAll(async () => {
  await worker.close();
  await catalogue.close();
  await Promise.all([slow.close(), fast.close()]);
});

async function deploymentsAt(name: string, baseUrl: string, count: number): Promise<string[]> {
  const model = await rows.model(`Model at ${name}`);
  const provider = await rows.provider(name, { baseUrl });
  const ids = Array.from({ length: count }, (_, index) => `${name}-${index}`);
  return Promise.all(ids.map((id) => rows.deployment(model, provider, id)));
}

async function ended(jobId: string): Promise<number> {
  const { completedAt } = await jobBecomes(catalogue, jobId, { status: 'QUALITY_WARNING' }, 60_000);
  return Date.parse(String(completedAt));
}

describe('Runs of a slow provider', () => {
  it('never have more under way than allowed, over all workers, and keep nobody else waiting', async () => {
    const slowOnes = await deploymentsAt('slow', slow.url, 21);
    const fastOnes = await deploymentsAt('fast', fast.url, 5);
    const urgent = slowOnes.splice(20);
    const slowJobs = await requestJobs(catalogue, slowOnes);
    await expect.poll(() => mostAtOnce, { timeout: 20_000 }).toBeGreaterThanOrEqual(LIMIT);
    const fastJobs = await requestJobs(catalogue, fastOnes);
    const urgentJob = await requestJob(catalogue, urgent[0] ?? '', { priority: 'high' });

    await Promise.all(fastJobs.map(ended));
    const statuses = await Promise.all(
      slowJobs.map(async (jobId) => (await readJob(catalogue, jobId)).status),
    );
    // What waits for the provider holds nothing: the five ended though none of the twenty did.
    expect(statuses.filter((status) => status === 'PROCESSING')).toHaveLength(LIMIT);
    expect(statuses.filter((status) => status === 'QUEUED')).toHaveLength(20 - LIMIT);

    letAnswer();
    const urgentEnd = await ended(urgentJob);
    const ends = await Promise.all(slowJobs.map(ended));
    expect(mostAtOnce).toBe(LIMIT);
    expect(ends.filter((end) => end > urgentEnd).length).toBeGreaterThan(LIMIT);
    // The end of one wakes the next: the reconciler alone would take five rounds of ten seconds.
    expect(Math.max(...ends) - Math.min(...ends)).toBeLessThan(30_000);
  }, 90_000);
});
