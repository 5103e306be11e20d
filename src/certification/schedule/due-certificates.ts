import { OFFERED_REGIONS, SWITCHED_OFF } from '../../deployments/deployment.listing.js';
import { exact } from '../../deployments/prices/cost.js';
import { Prisma, type CertificationProfile } from '../../generated/prisma/client.js';
import { atAllowedProviders } from '../../shared/database/allowed-providers.js';
import { isoTime, whereAll } from '../../shared/database/listing.js';
import type { PrismaService } from '../../shared/database/prisma.service.js';
import { OPEN } from '../runs/run-status.js';
import { ESTIMATE_USD } from './run-estimate.js';

/** A certificate whose time to be tested again has come. */
export interface DueCertificate {
  readonly profile: CertificationProfile;
  /** US dollars; null: unbounded. */
  readonly maxCostUsd: number | null;
  /** Whether the run also tried what is not declared. */
  readonly discover: boolean;
  /** On whose behalf the run was that earned it; null: nobody's. */
  readonly userId: string | null;
  readonly id: string;
  readonly deploymentId: string;
  readonly region: string;
  readonly dueAt: Date;
  /** US dollars. */
  readonly estimateUsd: number;
}

/** Certificates tested again in one tick. */
export const MAX_PER_TICK = 100;
/** Scheduled runs of one provider that have not ended. */
const MAX_PER_PROVIDER = 20;

/**
 * A verdict is due in the last tenth of its life, each certificate at a moment of its own, so that
 * those earned together do not expire together; a failed one when it expires; a stale one at once.
 */
const VERDICT_DUE = Prisma.sql`
  CASE WHEN c."lastVerdict" IS NULL THEN NULL
       WHEN c."staleSince" IS NOT NULL THEN c."staleSince"
       WHEN c."lastVerdict" = 'FAILED' THEN c."expiresAt"
       ELSE c."expiresAt" - (c."expiresAt" - c."ratingUpdatedAt")
                            * (0.02 + 0.08 * (hashtext(c.id) & 65535) / 65536.0)
  END`;

/**
 * After runs without a verdict (throttled, an outage, cancelled) comes a pause: of one hour, then
 * two, four and from then on six, or whatever longer the last run says.
 */
const PAUSE_ENDS = Prisma.sql`
  CASE WHEN last.status IN ('COMPLETED', 'CANCELLED')
         OR (last.status = 'FAILED' AND last.id IS DISTINCT FROM c."verdictRunId")
       THEN greatest(last."nextAttemptAt", last."completedAt" + least(interval '6 hours',
              interval '1 hour' * power(2, -1 + least(4, (
                SELECT count(*) FROM certification_runs r
                 WHERE r."certificationId" = c.id
                   AND r.status IN ('COMPLETED', 'CANCELLED', 'FAILED')
                   AND r."completedAt" > coalesce(c."ratingUpdatedAt", '-infinity'))))))
  END`;

const CONDITIONS = [
  Prisma.sql`due.at <= now()`,
  Prisma.sql`(c."lastVerdict" IS NOT NULL OR c.status <> 'CANCELLED')`,
  Prisma.sql`${SWITCHED_OFF} IS NULL`,
  Prisma.sql`c.region = ANY(${OFFERED_REGIONS})`,
  Prisma.sql`NOT EXISTS (
    SELECT FROM certification_runs r
     WHERE r."deploymentId" = c."deploymentId" AND r.region = c.region AND ${OPEN})`,
];

/** Certificates that are due, of active deployments, where no run is under way. */
function dueCertificates(): Prisma.Sql {
  const conditions = [...CONDITIONS, ...atAllowedProviders(Prisma.sql`d."providerId"`)];
  return Prisma.sql`
  SELECT c.id, c."deploymentId", c.region, c."verdictRunId", c."lastRunId", d."providerId",
         d."baseModelId", d."costPer1MInput", d."costPer1MOutput", due.at
    FROM model_certifications c
    JOIN model_deployments d ON d.id = c."deploymentId"
    JOIN providers p ON p.id = d."providerId"
    LEFT JOIN certification_runs last ON last.id = c."lastRunId"
   CROSS JOIN LATERAL (SELECT greatest(${VERDICT_DUE}, ${PAUSE_ENDS}) AS at) due
   ${whereAll(conditions)}`;
}

/** How many certificates are due. */
export async function countDue(prisma: PrismaService): Promise<number> {
  const [row] = await prisma.select<{ due: number }>(
    Prisma.sql`SELECT count(*)::int AS due FROM (${dueCertificates()}) due`,
  );
  return row?.due ?? 0;
}

type DueRow = Omit<DueCertificate, 'dueAt'> & { dueAt: string };

/**
 * The certificates to test next, as the run that earned each was asked for: a shallower one would
 * not renew it. The providers take turns, each as far as its scheduled runs under way leave room.
 * @param budgetUsd of 24 hours; what alone exceeds it, and is never paid, comes last; null: none
 */
export async function nextDue(
  prisma: PrismaService,
  budgetUsd: number | null,
): Promise<DueCertificate[]> {
  const isTooDear = Prisma.sql`"estimateUsd" > ${budgetUsd}::float8`;
  const rows = await prisma.select<DueRow>(Prisma.sql`
    WITH busy AS (
      SELECT d."providerId", count(*) AS runs
        FROM certification_runs r JOIN model_deployments d ON d.id = r."deploymentId"
       WHERE r.origin = 'schedule' AND ${OPEN}
       GROUP BY d."providerId"
    ), due AS (
      SELECT due.*, coalesce(run.profile, 'standard')::text AS profile,
             coalesce(run.discover, false) AS discover, run."maxCostUsd", run."userId",
             ${ESTIMATE_USD} AS "estimateUsd"
        FROM (${dueCertificates()}) due
        JOIN base_models m ON m.id = due."baseModelId"
        LEFT JOIN certification_runs run ON run.id = coalesce(due."verdictRunId", due."lastRunId")
    ), placed AS (
      SELECT due.*, row_number() OVER (PARTITION BY due."providerId"
                                       ORDER BY ${isTooDear}, due.at, due.id)
                    + coalesce(busy.runs, 0) AS place
        FROM due LEFT JOIN busy ON busy."providerId" = due."providerId"
    )
    SELECT id, "deploymentId", region, ${isoTime('at')} AS "dueAt", profile, discover,
           "maxCostUsd", "userId", "estimateUsd"
      FROM placed
     WHERE place <= ${MAX_PER_PROVIDER}
     ORDER BY ${isTooDear}, place, at, id LIMIT ${MAX_PER_TICK}`);
  return rows.map(({ dueAt, estimateUsd, ...row }) => ({
    ...row,
    dueAt: new Date(dueAt),
    estimateUsd: exact(estimateUsd),
  }));
}
