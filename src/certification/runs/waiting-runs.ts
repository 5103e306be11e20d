import { Injectable } from '@nestjs/common';

import { Prisma } from '../../generated/prisma/client.js';
import { Config } from '../../shared/config.js';
import { PrismaService } from '../../shared/database/prisma.service.js';
import type { Wakeable } from '../queue/certification-queue.js';
import type { Claim } from './claim.js';
import { CLAIMABLE, RECORDED_COST, SHOWN } from './run-sql.js';

/** A run that a worker failed on is not tried again at once: what ails it may pass. */
const FAILED_WAIT_MS = 5_000;

/** Why a run came to no verdict. */
export interface NoVerdict {
  readonly errorCategory: string | null;
  readonly errorSeverity: string | null;
  readonly errorMessage: string | null;
}

/** What a worker learns of a run that it could not claim. */
export interface Unclaimed {
  readonly providerId: string;
  /** Milliseconds until it can be claimed; null: no look at it is due. */
  readonly waitMs: number | null;
}

/** Runs that wait: for a worker, for their time, for a slot of their provider. */
@Injectable()
export class WaitingRuns {
  private readonly slots: number;

  constructor(
    private readonly prisma: PrismaService,
    config: Config,
  ) {
    this.slots = config.providerConcurrency;
  }

  /** When to look again at a run that could not be claimed; null: there is no such run. */
  async unclaimed(runId: string): Promise<Unclaimed | null> {
    const [run] = await this.prisma.select<Unclaimed>(Prisma.sql`
      SELECT d."providerId",
             (CASE WHEN due.at > now() THEN extract(epoch FROM due.at - now()) * 1000 END)::float8
               AS "waitMs"
        FROM certification_runs r JOIN model_deployments d ON d.id = r."deploymentId",
             LATERAL (SELECT CASE WHEN r.status = 'PROCESSING' THEN r."leaseUntil"
                                  WHEN r.status IN ('PENDING', 'QUEUED') THEN r."nextAttemptAt"
                             END AS at) AS due
       WHERE r.id = ${runId}`);
    return run ?? null;
  }

  /** Puts a run back that a stopping worker did not end. What was recorded stays. */
  handBack(claim: Claim): Promise<Wakeable | null> {
    return this.putBack(claim, 0, Prisma.empty);
  }

  /** Puts a run back that a worker failed on, through no fault of the provider. */
  putBackFailed(claim: Claim): Promise<Wakeable | null> {
    return this.putBack(claim, FAILED_WAIT_MS, Prisma.sql`"lostWorkers" = "lostWorkers" + 1,`);
  }

  /** Puts a run back that came to no verdict; it is tried again after the wait. */
  tryLater(claim: Claim, waitMs: number, why: NoVerdict): Promise<Wakeable | null> {
    const { errorCategory, errorSeverity, errorMessage } = why;
    return this.putBack(
      claim,
      waitMs,
      Prisma.sql`tries = tries + 1, "errorCategory" = ${errorCategory},
                 "errorSeverity" = ${errorSeverity}, "errorMessage" = ${errorMessage},`,
    );
  }

  /**
   * Takes the runs whose turn has come out of those that wait for a slot: as many of a provider as
   * it has slots free, by priority, the oldest first.
   * @param providerId only those of this provider
   */
  handOver(providerId?: string): Promise<Wakeable[]> {
    const providers =
      providerId === undefined
        ? Prisma.sql`SELECT DISTINCT d."providerId" FROM certification_runs r
                       JOIN model_deployments d ON d.id = r."deploymentId" WHERE r."waitsForSlot"`
        : Prisma.sql`SELECT ${providerId}::text AS "providerId"`;
    // A higher fence gives the run a new job: the one it waits in may not be over yet.
    return this.prisma.select<Wakeable>(Prisma.sql`
      WITH providers AS (${providers}), next AS (
        SELECT waiting.id FROM providers CROSS JOIN LATERAL (
          SELECT r.id FROM certification_runs r JOIN model_deployments d ON d.id = r."deploymentId"
           WHERE r."waitsForSlot" AND d."providerId" = providers."providerId" AND ${CLAIMABLE}
           ORDER BY r.priority, r."createdAt"
           LIMIT greatest(0, ${this.slots} - runs_under_way(providers."providerId"))) AS waiting
      ), held AS (
        SELECT r.id FROM certification_runs r JOIN next USING (id)
         WHERE r."waitsForSlot" ORDER BY r.id FOR NO KEY UPDATE OF r
      )
      UPDATE certification_runs r
         SET "waitsForSlot" = false, fence = fence + 1, "updatedAt" = now()
        FROM held WHERE r.id = held.id
      RETURNING r.id, r.fence, r.priority::text`);
  }

  /**
   * Runs that ought to be under way and are not: first those never enqueued or left by a dead
   * worker, then those that the queue may have forgotten, by their turn. Most of these it has; one
   * beyond the limit moves up as those before it are taken.
   */
  findStranded(limit: number): Promise<Wakeable[]> {
    return this.prisma.select<Wakeable>(Prisma.sql`
      SELECT id, fence, priority::text,
             "nextAttemptAt" IS NOT NULL OR status = 'PROCESSING' AS overslept
        FROM certification_runs
       WHERE NOT "waitsForSlot"
         AND ((status IN ('PENDING', 'QUEUED')
               AND greatest("updatedAt", "nextAttemptAt") < now() - interval '5 seconds')
              OR (status = 'PROCESSING' AND "leaseUntil" < now()))
       ORDER BY status = 'QUEUED', priority, "createdAt" LIMIT ${limit}`);
  }

  /** @returns how to wake it; null: the claim is lost, or the run is to be cancelled */
  private async putBack(
    { runId, fence }: Claim,
    delayMs: number,
    changes: Prisma.Sql,
  ): Promise<Wakeable | null> {
    const [run] = await this.prisma.select<Wakeable>(Prisma.sql`
      WITH run AS (
        UPDATE certification_runs r
           SET ${changes} status = 'QUEUED', "leaseUntil" = NULL, "updatedAt" = now(),
               "costUsd" = ${RECORDED_COST},
               "nextAttemptAt" = now() + make_interval(secs => nullif(${delayMs}::float8, 0) / 1000)
         WHERE id = ${runId} AND fence = ${fence} AND status = 'PROCESSING'
           AND "cancelRequestedAt" IS NULL
        RETURNING *
      ), shown AS (${SHOWN})
      SELECT id, fence, priority::text FROM run`);
    return run ? { ...run, delayMs } : null;
  }
}
