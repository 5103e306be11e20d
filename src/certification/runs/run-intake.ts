import { randomUUID } from 'node:crypto';

import { Injectable } from '@nestjs/common';

import { Prisma, type CertificationRun } from '../../generated/prisma/client.js';
import { PrismaService } from '../../shared/database/prisma.service.js';
import { Turns } from '../../shared/turns.js';
import { CertificationQueue } from '../queue/certification-queue.js';
import { SUITE_VERSION } from '../validation/suite.js';

/** What of a run its acceptance says. */
export type AcceptedRun = Pick<
  CertificationRun,
  'id' | 'certificationId' | 'deploymentId' | 'region' | 'status' | 'jobId' | 'fence'
>;

export interface StartedRun {
  readonly run: AcceptedRun;
  /** Whether it was under way already. */
  readonly joined: boolean;
}

export interface StartedBatch {
  readonly batchId: string;
  /** In the order of the regions asked for. */
  readonly runs: readonly StartedRun[];
}

/** Turns a request into runs: a batch, certificates and runs, in one transaction. */
@Injectable()
export class RunIntake {
  /** Requests for one deployment wait for each other here, not each on a database connection. */
  private readonly turns = new Turns();

  constructor(private readonly prisma: PrismaService) {}

  /** Starts a run in every region that has none under way, and joins those that have one. */
  start(
    deploymentId: string,
    regions: readonly string[],
    caller: string | null,
  ): Promise<StartedBatch> {
    return this.turns.take(deploymentId, () =>
      this.prisma.$transaction(async (tx) => {
        const certificates = await lockCertificates(tx, deploymentId, regions, caller);
        const active = await activeRuns(tx, deploymentId, regions);
        const runs = regions.map((region): StartedRun => {
          const run = active.find((other) => other.region === region);
          if (run) return { run, joined: true };
          const certificationId = certificates.get(region) ?? '';
          return { run: newRun(certificationId, deploymentId, region), joined: false };
        });
        const batchId = randomUUID();
        await store(tx, batchId, runs, caller);
        return { batchId, runs };
      }),
    );
  }
}

/**
 * The certificates, by region: made where there are none. Until the transaction ends, no other one
 * can start a run for them; locking in one order keeps two of them from waiting for each other.
 */
async function lockCertificates(
  tx: Prisma.TransactionClient,
  deploymentId: string,
  regions: readonly string[],
  caller: string | null,
): Promise<Map<string, string>> {
  const ordered = [...regions].sort();
  const rows = await tx.$queryRaw<{ id: string; region: string }[]>`
    INSERT INTO model_certifications AS c (id, "deploymentId", region, "createdBy", "updatedAt")
    SELECT id, ${deploymentId}, region, ${caller}, now()
      FROM unnest(${ordered.map(() => randomUUID())}::text[], ${ordered}::text[])
           AS made(id, region)
    ON CONFLICT ("deploymentId", region) DO UPDATE SET region = c.region
    RETURNING c.id, c.region`;
  return new Map(rows.map(({ id, region }) => [region, id]));
}

function activeRuns(
  tx: Prisma.TransactionClient,
  deploymentId: string,
  regions: readonly string[],
): Promise<AcceptedRun[]> {
  return tx.$queryRaw`
    SELECT id, "certificationId", "deploymentId", region, status::text, "jobId", fence
      FROM certification_runs
     WHERE "deploymentId" = ${deploymentId} AND region = ANY(${[...regions]}::text[])
       AND status IN ('PENDING', 'QUEUED', 'PROCESSING')`;
}

function newRun(certificationId: string, deploymentId: string, region: string): AcceptedRun {
  const run = { id: randomUUID(), fence: 0 };
  const jobId = CertificationQueue.jobId(run);
  return { ...run, certificationId, deploymentId, region, status: 'PENDING', jobId };
}

async function store(
  tx: Prisma.TransactionClient,
  batchId: string,
  runs: readonly StartedRun[],
  caller: string | null,
): Promise<void> {
  const fresh = runs.filter(({ joined }) => !joined).map(({ run }) => run);
  await tx.$executeRaw`
    WITH batch AS (
      INSERT INTO certification_batches (id, "createdBy") VALUES (${batchId}, ${caller})
    ), made AS (
      SELECT id, "certificationId", region, "jobId"
        FROM unnest(${fresh.map(({ id }) => id)}::text[],
                    ${fresh.map(({ certificationId }) => certificationId)}::text[],
                    ${fresh.map(({ region }) => region)}::text[],
                    ${fresh.map(({ jobId }) => jobId)}::text[])
             AS made(id, "certificationId", region, "jobId")
    ), stored AS (
      INSERT INTO certification_runs
        (id, "certificationId", "deploymentId", region, "jobId", "suiteVersion", "createdBy",
         "updatedAt")
      SELECT id, "certificationId", ${fresh[0]?.deploymentId ?? ''}, region, "jobId",
             ${SUITE_VERSION}, ${caller}, now()
        FROM made
    ), shown AS (
      UPDATE model_certifications c
         SET status = 'PENDING', "lastRunId" = made.id, "jobId" = made."jobId",
             "updatedAt" = now()
        FROM made WHERE c.id = made."certificationId"
    )
    INSERT INTO certification_batch_runs ("batchId", "runId", joined)
    SELECT ${batchId}, id, joined
      FROM unnest(${runs.map(({ run }) => run.id)}::text[],
                  ${runs.map(({ joined }) => joined)}::bool[]) AS part(id, joined)`;
}
