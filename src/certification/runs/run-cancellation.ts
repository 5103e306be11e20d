import { Injectable } from '@nestjs/common';

import { Prisma } from '../../generated/prisma/client.js';
import { PrismaService } from '../../shared/database/prisma.service.js';
import type { Claim } from './certification-run.store.js';
import { certificatesOf, shownAs } from './run-sql.js';

/** Ends runs that are not wanted any more. A run that is over is left as it is. */
@Injectable()
export class RunCancellation {
  constructor(private readonly prisma: PrismaService) {}

  /**
   * Cancels runs: those that wait at once, those under way as soon as their worker sees it.
   * @returns how many of each
   */
  async cancel(runIds: readonly string[]): Promise<{ cancelled: number; asked: number }> {
    const [found] = await this.prisma.select<{ cancelled: number; asked: number }>(Prisma.sql`
      WITH waiting AS (
        UPDATE certification_runs
           SET status = 'CANCELLED', "completedAt" = now(), "updatedAt" = now(),
               "cancelRequestedAt" = now()
         WHERE id = ANY(${[...runIds]}::text[]) AND status IN ('PENDING', 'QUEUED')
        RETURNING id, "certificationId"
      ), working AS (
        UPDATE certification_runs
           SET "cancelRequestedAt" = coalesce("cancelRequestedAt", now()), "updatedAt" = now()
         WHERE id = ANY(${[...runIds]}::text[]) AND status = 'PROCESSING'
        RETURNING id
      ), locked AS (${certificatesOf('waiting')}
      ), shown AS (
        UPDATE model_certifications c SET status = 'CANCELLED', "updatedAt" = now()
          FROM locked WHERE c.id = locked.id
      )
      SELECT (SELECT count(*)::int FROM waiting) AS cancelled,
             (SELECT count(*)::int FROM working) AS asked`);
    return found ?? { cancelled: 0, asked: 0 };
  }

  /** Ends a run as somebody wished. What it found until then stays, the last verdict too. */
  async endCancelled({ runId, fence }: Claim): Promise<void> {
    await this.prisma.select(Prisma.sql`
      WITH run AS (
        UPDATE certification_runs r
           SET status = 'CANCELLED', "completedAt" = now(), "updatedAt" = now(),
               "leaseUntil" = NULL,
               "costUsd" = (SELECT coalesce(sum(p."costUsd"), 0)
                              FROM certification_probe_results p WHERE p."runId" = r.id)
         WHERE id = ${runId} AND fence = ${fence} AND status = 'PROCESSING'
        RETURNING id, "certificationId"
      ) ${shownAs('CANCELLED')}`);
  }
}
