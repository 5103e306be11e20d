import { Injectable } from '@nestjs/common';

import { deploymentChanged } from '../deployments/deployment-tags.js';
import type { CertificationRun, ModelDeployment, Prisma } from '../generated/prisma/client.js';
import { ModelCacheService } from '../shared/cache/model-cache.service.js';
import { PrismaService } from '../shared/database/prisma.service.js';
import { attemptFrom, attemptRow } from './attempt-row.js';
import type { FinishedRun } from './certification-finished.event.js';
import { CertificationNews } from './certification-news.js';
import type { Attempt } from './outcome.js';
import type { CertificateChange, RunResult } from './run-result.js';

/** Proof that a worker owns a run. Every write shows it; after another claim it is worth nothing. */
export interface Claim {
  readonly runId: string;
  readonly fence: number;
}

/** The run was claimed by somebody else, cancelled or removed: stop, and write nothing more. */
export class ClaimLost extends Error {}

/** A worker renews its claim every 2 s; without that it counts as dead after this time. */
export const LEASE_SECONDS = 8;

/** The only code that changes runs. Times come from the database's clock. */
@Injectable()
export class CertificationRunStore {
  constructor(
    private readonly prisma: PrismaService,
    private readonly cache: ModelCacheService,
    private readonly news: CertificationNews,
  ) {}

  /** Takes a waiting run, or one whose worker died; null when there is nothing to take. */
  async claim(runId: string): Promise<Claim | null> {
    return this.prisma.$transaction(async (tx) => {
      const [claimed] = await tx.$queryRaw<{ fence: number }[]>`
        UPDATE certification_runs
           SET status = 'PROCESSING', fence = fence + 1, "updatedAt" = now(),
               "startedAt" = coalesce("startedAt", now()),
               "leaseUntil" = now() + make_interval(secs => ${LEASE_SECONDS})
         WHERE id = ${runId}
           AND (status IN ('PENDING', 'QUEUED')
                OR (status = 'PROCESSING' AND "leaseUntil" < now()))
        RETURNING fence`;
      if (!claimed) return null;
      await showOnCertificate(tx, runId, { status: 'PROCESSING' });
      return { runId, fence: claimed.fence };
    });
  }

  /** Until when somebody else works on the run; null: nobody does. */
  async busyUntil(runId: string): Promise<Date | null> {
    const run = await this.prisma.certificationRun.findUnique({ where: { id: runId } });
    return run?.status === 'PROCESSING' ? run.leaseUntil : null;
  }

  /** @returns whether the claim still holds */
  async renew({ runId, fence }: Claim): Promise<boolean> {
    const renewed = await this.prisma.$executeRaw`
      UPDATE certification_runs
         SET "leaseUntil" = now() + make_interval(secs => ${LEASE_SECONDS})
       WHERE id = ${runId} AND fence = ${fence} AND status = 'PROCESSING'`;
    return renewed === 1;
  }

  /** Gives the run back to the queue, unfinished; what was recorded stays. */
  async release({ runId, fence }: Claim): Promise<void> {
    await this.prisma.$transaction(async (tx) => {
      const { count } = await tx.certificationRun.updateMany({
        where: { id: runId, fence, status: 'PROCESSING' },
        data: { status: 'QUEUED', leaseUntil: null },
      });
      if (count > 0) await showOnCertificate(tx, runId, { status: 'QUEUED' });
    });
  }

  /** Notes that the queue took the runs. */
  async markQueued(runIds: readonly string[]): Promise<void> {
    await this.prisma.$transaction(async (tx) => {
      const queued = await tx.certificationRun.updateManyAndReturn({
        where: { id: { in: [...runIds] }, status: 'PENDING' },
        data: { status: 'QUEUED' },
        select: { id: true },
      });
      await tx.modelCertification.updateMany({
        where: { lastRunId: { in: queued.map(({ id }) => id) }, status: 'PENDING' },
        data: { status: 'QUEUED' },
      });
    });
  }

  /** Runs that ought to be under way and are not: never enqueued, forgotten, or left by a dead worker. */
  findStranded(limit: number): Promise<{ id: string; fence: number; status: string }[]> {
    return this.prisma.$queryRaw`
      SELECT id, fence, status::text FROM certification_runs
       WHERE (status IN ('PENDING', 'QUEUED') AND "updatedAt" < now() - interval '5 seconds')
          OR (status = 'PROCESSING' AND "leaseUntil" < now())
       ORDER BY "createdAt" LIMIT ${limit}`;
  }

  /** The attempts recorded so far, in order. */
  async attempts(runId: string): Promise<Attempt[]> {
    const rows = await this.prisma.certificationProbeResult.findMany({
      where: { runId },
      orderBy: [{ startedAt: 'asc' }, { attempt: 'asc' }],
    });
    return rows.map(attemptFrom);
  }

  /** @throws ClaimLost */
  async record(claim: Claim, attempt: Attempt): Promise<void> {
    await this.fenced(claim, async (tx) => {
      await tx.certificationProbeResult.create({ data: attemptRow(claim.runId, attempt) });
    });
  }

  /**
   * Ends the run and shows it on the certificate, in one transaction; then it is news.
   * @throws ClaimLost
   */
  async finish(claim: Claim, result: RunResult, certificate: CertificateChange): Promise<void> {
    const judged = Boolean(certificate.lastVerdict);
    const { run, deployment } = await this.fenced(claim, async (tx) => {
      const run = await tx.certificationRun.update({
        where: { id: claim.runId },
        data: { ...result, leaseUntil: null },
      });
      await showOnCertificate(tx, claim.runId, certificate);
      const where = { id: run.deploymentId };
      const verified = {
        capabilitiesVerifiedAt: result.completedAt,
        capabilitiesSource: 'auto_test',
      };
      const deployment = judged
        ? await tx.modelDeployment.update({ where, data: verified })
        : await tx.modelDeployment.findUniqueOrThrow({ where });
      return { run, deployment };
    });
    if (judged) this.cache.invalidate(deploymentChanged(deployment.id, deployment.baseModelId));
    this.news.finished(finishedRun(run, deployment, judged, result.completedAt));
  }

  private async fenced<T>(
    { runId, fence }: Claim,
    write: (tx: Prisma.TransactionClient) => Promise<T>,
  ): Promise<T> {
    return this.prisma.$transaction(async (tx) => {
      const held = await tx.$queryRaw<unknown[]>`
        SELECT 1 FROM certification_runs
         WHERE id = ${runId} AND fence = ${fence} AND status = 'PROCESSING' FOR UPDATE`;
      if (held.length === 0) throw new ClaimLost(`The claim ${fence} on run ${runId} is lost.`);
      return write(tx);
    });
  }
}

function finishedRun(
  run: CertificationRun,
  { providerId, baseModelId }: ModelDeployment,
  judged: boolean,
  completedAt: Date,
): FinishedRun {
  const { id: runId, deploymentId, region, status, rating, avgLatencyMs, costUsd } = run;
  const startedAt = run.startedAt ?? completedAt;
  return {
    runId,
    deploymentId,
    providerId,
    baseModelId,
    region,
    status,
    passed: judged ? status !== 'FAILED' : null,
    rating,
    avgLatencyMs,
    costUsd,
    durationMs: Math.max(0, completedAt.getTime() - startedAt.getTime()),
    completedAt,
  };
}

/** A certificate follows its latest run; an older one that ends late leaves it alone. */
async function showOnCertificate(
  tx: Prisma.TransactionClient,
  runId: string,
  data: CertificateChange,
): Promise<void> {
  await tx.modelCertification.updateMany({ where: { lastRunId: runId }, data });
}
