import { createPostgresBackend, Queue } from 'bullmq';
import { expect } from 'vitest';

import { CERTIFICATION_QUEUE } from '../../src/certification/queue/certification-queue.js';
import type { components } from '../../docs/api/openapi.js';
import { dataOf, type Answer, type ServiceClient, type TestService } from './service.js';

export type Run = components['schemas']['RunDto'];

/** Asks for certifications; the ids of their jobs, in the order of the deployments. */
export async function requestJobs(
  service: ServiceClient,
  deploymentIds: readonly string[],
  order: object = {},
): Promise<string[]> {
  const body = { deploymentIds: [...deploymentIds], profile: 'smoke' as const, ...order };
  const { certifications } = await dataOf(service.api.POST('/api/certification-queue', { body }));
  return certifications.map(({ jobId }) => String(jobId));
}

export async function requestJob(
  service: ServiceClient,
  deploymentId: string,
  order: object = {},
): Promise<string> {
  return String((await requestJobs(service, [deploymentId], order))[0]);
}

export function readJob(service: ServiceClient, jobId: string): Promise<Run> {
  const params = { path: { jobId } };
  return dataOf(service.api.GET('/api/certification-queue/jobs/{jobId}', { params }));
}

/** Waits until the job is as expected; returns it. */
export async function jobBecomes(
  service: ServiceClient,
  jobId: string,
  expected: Partial<Run>,
  timeout = 20_000,
): Promise<Run> {
  await expect
    .poll(() => readJob(service, jobId), { timeout, interval: 50 })
    .toMatchObject(expected);
  return readJob(service, jobId);
}

export function cancelJob(service: ServiceClient, jobId: string): Promise<Answer> {
  return service.call('DELETE', `/api/certification-queue/jobs/${jobId}`);
}

/** Pauses the queue, or lets it go on. */
export async function setPaused(service: ServiceClient, paused: boolean): Promise<void> {
  const path = `/api/certification-queue/${paused ? 'pause' : 'resume'}`;
  const answer = await service.call('POST', path);
  expect(answer.status, answer.text).toBe(200);
  // Null is told in its place where the queue does not answer in time.
  const state = async () => (await service.call('GET', '/api/certification-queue')).body.paused;
  await expect.poll(state).toBe(paused);
}

/** What the stored attempts of a job's run cost, in US dollars. */
export async function recordedCost({ database }: TestService, jobId: string): Promise<number> {
  const { rows } = await database.query<{ cost: number }>(
    `SELECT coalesce(sum(p."costUsd"), 0) AS cost
       FROM certification_probe_results p JOIN certification_runs r ON r.id = p."runId"
      WHERE r."jobId" = $1`,
    [jobId],
  );
  return rows[0]?.cost ?? 0;
}

/** Loses all jobs, as a Redis does that comes back empty. */
export async function loseJobs(service: TestService): Promise<void> {
  const queue = queueOf(service);
  await queue.obliterate({ force: true });
  await queue.resume();
  await queue.close();
}

/** The queue itself, past the service; to be closed. */
export function queueOf({ redisUrl, databaseUrl }: TestService) {
  return redisUrl
    ? new Queue(CERTIFICATION_QUEUE, { connection: { url: redisUrl } })
    : new Queue(
        CERTIFICATION_QUEUE,
        { connection: { connectionString: databaseUrl } },
        createPostgresBackend,
      );
}
