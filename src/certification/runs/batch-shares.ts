import {
  Prisma,
  type CertificationProfile,
  type CertificationStatus,
} from '../../generated/prisma/client.js';
import {
  allowedDeployments,
  ofAllowedDeployments,
} from '../../shared/database/allowed-providers.js';
import { whereAll } from '../../shared/database/listing.js';
import type { PrismaService } from '../../shared/database/prisma.service.js';
import { UNSETTLED } from '../validation/outcome.js';
import { sumOfUsd } from './run-sql.js';

/** Runs that a batch shows one by one; its counts are of all. */
export const SHOWN_RUNS = 200;

/** The runs of a batch that have the same status and profile. */
export interface BatchShare {
  readonly status: CertificationStatus;
  readonly profile: CertificationProfile;
  readonly runs: number;
  /** Of those that are under way; what a next try would ask anew is not done. */
  readonly probesDone: number;
  /** Of those that the batch started, in US dollars: it pays for none that it joined. */
  readonly costUsd: number;
}

/** What a batch consists of, however many runs it has, as far as the caller may see them. */
export function batchShares(prisma: PrismaService, batchId: string): Promise<BatchShare[]> {
  const shown = whereAll([
    Prisma.sql`b."batchId" = ${batchId}`,
    ...ofAllowedDeployments(Prisma.sql`r."deploymentId"`),
  ]);
  return prisma.select<BatchShare>(Prisma.sql`
    SELECT r.status::text, r.profile::text, count(*)::int AS runs,
           sum(coalesce(done.probes, 0))::int AS "probesDone",
           ${sumOfUsd(Prisma.sql`CASE WHEN NOT b.joined THEN r."costUsd" END`)} AS "costUsd"
      FROM certification_batch_runs b
      JOIN certification_runs r ON r.id = b."runId"
      LEFT JOIN LATERAL (
        SELECT count(DISTINCT p.probe) AS probes FROM certification_probe_results p
         WHERE p."runId" = r.id AND r.status = 'PROCESSING'
           AND p.verdict::text <> ALL(${[...UNSETTLED]}::text[])) AS done ON true
     ${shown}
     GROUP BY r.status, r.profile`);
}

/** A batch by its id: a confined caller finds one with a run they may see. */
export function visibleBatch(id: string) {
  const deployment = allowedDeployments();
  return { id, ...(deployment && { runs: { some: { run: { deployment } } } }) };
}
