import { Injectable, Logger } from '@nestjs/common';

import { Prisma } from '../../generated/prisma/client.js';
import { allowedDeployments } from '../../shared/database/allowed-providers.js';
import { PrismaService } from '../../shared/database/prisma.service.js';
import { Messages } from '../../shared/messages/messages.js';
import type { Claim } from './claim.js';
import { lockDeployments } from './run-joining.js';
import { certificatesOf, RECORDED_COST, SHOWN } from './run-sql.js';
import { OPEN, OPEN_STATUSES } from './run-status.js';

/** Says that runs under way are to be cancelled; the database says which. */
const CANCEL_REQUESTED = 'certification.cancel-requested';

/** How many runs were cancelled, and how many under way were asked to stop. */
interface Cancelled {
  readonly cancelled: number;
  readonly asked: number;
}

interface CancelledBatch extends Cancelled {
  /** Runs that other batches want. */
  readonly left: number;
  /** Of the runs that nobody wants any more. */
  readonly jobIds: readonly string[];
}

/** Ends runs that are not wanted any more. A run that is over is left as it is. */
@Injectable()
export class RunCancellation {
  private readonly logger = new Logger(RunCancellation.name);

  constructor(
    private readonly prisma: PrismaService,
    private readonly messages: Messages,
  ) {}

  /** Calls back when the runs under way should be looked at: some process wants one cancelled. */
  async onRequest(look: () => void): Promise<void> {
    this.messages.onMissed(look);
    await this.messages.listen(CANCEL_REQUESTED, look);
  }

  /** Cancels runs: those that wait at once, those under way as soon as their worker sees it. */
  async cancel(runIds: readonly string[]): Promise<Cancelled> {
    const [found = NOTHING] = await this.prisma.select<Cancelled>(cancelled(runIds));
    if (found.asked > 0) this.tellWorkers();
    return found;
  }

  /**
   * Cancels the runs of a batch that no other batch wants. Their deployments are locked first: so
   * nobody joins one meanwhile, and of batches that are cancelled at once, one is the last.
   */
  async cancelBatch(batchId: string): Promise<CancelledBatch> {
    const open = { status: { in: [...OPEN_STATUSES] }, deployment: allowedDeployments() };
    const batch = await this.prisma.$transaction(async (tx) => {
      const runs = await tx.certificationRun.findMany({
        where: { ...open, batches: { some: { batchId } } },
        select: { deploymentId: true },
      });
      await lockDeployments(
        tx,
        runs.map(({ deploymentId }) => deploymentId),
      );
      const { count } = await tx.certificationBatchRun.updateMany({
        where: { batchId, run: open },
        data: { wanted: false },
      });
      const unwanted = await tx.certificationRun.findMany({
        where: { ...open, batches: { some: { batchId }, none: { wanted: true } } },
        select: { id: true, jobId: true },
      });
      const statement = cancelled(unwanted.map(({ id }) => id));
      const [found = NOTHING] = await tx.$queryRaw<Cancelled[]>(statement);
      const jobIds = unwanted.flatMap(({ jobId }) => jobId ?? []);
      return { ...found, left: count - unwanted.length, jobIds };
    });
    if (batch.asked > 0) this.tellWorkers();
    return batch;
  }

  /** Ends a run as somebody wished. What it found until then stays, the last verdict too. */
  async endCancelled({ runId, fence }: Claim): Promise<void> {
    await this.prisma.select(Prisma.sql`
      WITH run AS (
        UPDATE certification_runs r
           SET status = 'CANCELLED', "completedAt" = now(), "updatedAt" = now(),
               "leaseUntil" = NULL, "costUsd" = ${RECORDED_COST}
         WHERE id = ${runId} AND fence = ${fence} AND status = 'PROCESSING'
        RETURNING *
      ) ${SHOWN}`);
  }

  /** Returns at once. A worker that does not hear it finds out by its next heartbeat. */
  private tellWorkers(): void {
    this.messages
      .send(CANCEL_REQUESTED, null)
      .catch((error: unknown) => this.logger.warn(`Workers were not told: ${String(error)}`));
  }
}

const NOTHING: Cancelled = { cancelled: 0, asked: 0 };

/** Cancels those of the runs that have not ended. @returns a select of one `Cancelled` */
function cancelled(runIds: readonly string[]): Prisma.Sql {
  // Locked first: what a worker claims or puts back meanwhile is then seen as it has become.
  return Prisma.sql`
    WITH held AS (
      SELECT id, status FROM certification_runs r
       WHERE id = ANY(${[...runIds]}::text[]) AND ${OPEN}
       ORDER BY id FOR NO KEY UPDATE
    ), waiting AS (
      UPDATE certification_runs r
         SET status = 'CANCELLED', "completedAt" = now(), "updatedAt" = now(),
             "cancelRequestedAt" = now(), "nextAttemptAt" = NULL, "waitsForSlot" = false
        FROM held WHERE r.id = held.id AND held.status <> 'PROCESSING'
      RETURNING r.id, r."certificationId"
    ), working AS (
      UPDATE certification_runs r
         SET "cancelRequestedAt" = coalesce("cancelRequestedAt", now()), "updatedAt" = now()
        FROM held WHERE r.id = held.id AND held.status = 'PROCESSING'
      RETURNING r.id
    ), locked AS (${certificatesOf('waiting')}
    ), shown AS (
      UPDATE model_certifications c
         SET status = 'CANCELLED', "nextAttemptAt" = NULL, "updatedAt" = now()
        FROM locked WHERE c.id = locked.id
    )
    SELECT (SELECT count(*)::int FROM waiting) AS cancelled,
           (SELECT count(*)::int FROM working) AS asked`;
}
