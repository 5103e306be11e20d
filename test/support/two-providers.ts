import { randomUUID } from 'node:crypto';

import { Rows } from './rows.js';
import type { TestService } from './service.js';

/** What there is at one provider: a row of every kind. */
export interface Hosted {
  readonly slug: string;
  readonly providerId: string;
  readonly modelId: string;
  /** Of that model, and of the one that both providers have. */
  readonly deploymentIds: readonly [string, string];
  readonly certificationIds: readonly string[];
  readonly runIds: readonly string[];
  readonly jobIds: readonly string[];
  readonly batchId: string;
}

/** A catalogue of two providers. */
export interface TwoProviders {
  readonly a: Hosted;
  readonly b: Hosted;
  readonly sharedModelId: string;
  /** Of runs at both. */
  readonly sharedBatchId: string;
}

/** Adds them. The service must have no worker: the runs end here, without a call. */
export async function addTwoProviders(service: TestService): Promise<TwoProviders> {
  const rows = new Rows(service);
  const sharedModelId = await rows.model('Of both', { vendor: 'Both' });
  const one = await deployed(rows, 'alpha-host', sharedModelId);
  const other = await deployed(rows, 'bravo-host', sharedModelId);
  const sharedBatchId = await certified(service, [...one.deploymentIds, ...other.deploymentIds]);
  const a = { ...one, ...(await runsOf(service, one)) };
  const b = { ...other, ...(await runsOf(service, other)) };
  await service.database.query(
    `UPDATE certification_runs
        SET status = 'FAILED', "completedAt" = now() - interval '1 day', origin = 'schedule',
            "costUsd" = 0.25`,
  );
  await service.database.query(
    `UPDATE model_certifications
        SET status = 'FAILED', "lastVerdict" = 'FAILED', "expiresAt" = now() - interval '1 day',
            "ratingUpdatedAt" = now() - interval '2 days'`,
  );
  return { a, b, sharedModelId, sharedBatchId };
}

type Deployed = Pick<Hosted, 'slug' | 'providerId' | 'modelId' | 'deploymentIds'>;

async function deployed(rows: Rows, slug: string, sharedModelId: string): Promise<Deployed> {
  const providerId = await rows.provider(slug, { baseUrl: `https://${slug}.example/v1` });
  const modelId = await rows.model(`Of ${slug.charAt(0)} only`);
  const own = await rows.deployment(modelId, providerId, `${slug}-own`);
  const shared = await rows.deployment(sharedModelId, providerId, `${slug}-shared`);
  return { slug, providerId, modelId, deploymentIds: [own, shared] };
}

async function runsOf(service: TestService, { deploymentIds, slug }: Deployed) {
  const batchId = await certified(service, deploymentIds);
  const { rows: runs } = await service.database.query<Record<'id' | 'jobId' | 'of', string>>(
    `SELECT id, "jobId", "certificationId" AS of FROM certification_runs
      WHERE "deploymentId" = ANY($1)`,
    [deploymentIds],
  );
  for (const { id } of runs) {
    await service.database.query(
      `INSERT INTO certification_probe_results
         (id, "runId", probe, attempt, verdict, message, evidence, "startedAt", "completedAt")
       VALUES ($1, $2, 'basicChat', 1, 'FAIL_BEHAVIOUR', $3, '[]', now(), now())`,
      [randomUUID(), id, `${slug} answered something else`],
    );
  }
  await service.database.query(
    `INSERT INTO system_metrics (id, "deploymentId", "metricType", value, timestamp)
     SELECT gen_random_uuid()::text, unnest($1::text[]), 'latency', $2, now() - interval '1 minute'`,
    [deploymentIds, slug === 'alpha-host' ? 100 : 7_654_321],
  );
  return {
    batchId,
    certificationIds: runs.map(({ of }) => of),
    runIds: runs.map(({ id }) => id),
    jobIds: runs.map(({ jobId }) => jobId),
  };
}

async function certified(service: TestService, deploymentIds: readonly string[]): Promise<string> {
  const answer = await service.call('POST', '/api/certification-queue', {
    deploymentIds,
    force: true,
  });
  if (answer.status !== 202) throw new Error(answer.text);
  return String(answer.body.batchId);
}
