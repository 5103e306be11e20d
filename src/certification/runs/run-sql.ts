import { Prisma } from '../../generated/prisma/client.js';
import type { CertificateChange, RunResult } from '../validation/run-result.js';

/**
 * Shows the status of the run in the CTE `run`, and what it waits for, on its certificate, which
 * follows its latest run: an older one that ends late leaves it alone.
 */
export const SHOWN = Prisma.sql`
  UPDATE model_certifications c
     SET status = run.status, "lastError" = run."errorMessage",
         "nextAttemptAt" = run."nextAttemptAt", "updatedAt" = now()
    FROM run WHERE c.id = run."certificationId" AND c."lastRunId" = run.id`;

/** A sum of US dollars, 0 of none: in decimals, as 0.1 and 0.2 are 0.3. */
export function sumOfUsd(amount: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`coalesce(sum((${amount})::numeric), 0)::float8`;
}

/** What the attempts of the run `r` cost that were recorded, in US dollars. */
export const RECORDED_COST = Prisma.sql`(
  SELECT ${sumOfUsd(Prisma.sql`p."costUsd"`)} FROM certification_probe_results p
   WHERE p."runId" = r.id)`;

/** Whether a run may be claimed: it waits and its time has come, or its worker died. */
export const CLAIMABLE = Prisma.sql`(
  (status IN ('PENDING', 'QUEUED') AND ("nextAttemptAt" IS NULL OR "nextAttemptAt" <= now()))
  OR (status = 'PROCESSING' AND "leaseUntil" < now()))`;

/**
 * The certificates that show the runs of a CTE, locked in the one order in which everybody locks
 * several of them.
 */
export function certificatesOf(runs: 'run' | 'queued' | 'waiting'): Prisma.Sql {
  const cte = Prisma.raw(runs);
  return Prisma.sql`
    SELECT c.id FROM model_certifications c
      JOIN ${cte} ON c.id = ${cte}."certificationId" AND c."lastRunId" = ${cte}.id
     ORDER BY c."deploymentId" COLLATE "C", c.region COLLATE "C" FOR NO KEY UPDATE OF c`;
}

/**
 * Whether what the run of the CTE `run` began with has changed meanwhile. It is asked once the CTE
 * `locked` holds the certificate: whoever changes it later waits for that, and finds the verdict.
 */
export const INPUTS = Prisma.sql`
  SELECT locked.id,
         run."inputsHash" IS DISTINCT FROM current_certificate_inputs(run."deploymentId") AS changed
    FROM run JOIN locked ON locked.id = run."certificationId"`;

/** By the CTE `inputs`: a verdict stands for what its run began with, or is stale at once. */
export function staleness(judged: boolean): Prisma.Sql {
  return judged
    ? Prisma.sql`"staleSince" = CASE WHEN inputs.changed THEN now() END,
                 "staleReason" = CASE WHEN inputs.changed
                                      THEN 'changed_during_run'::"StaleReason" END,`
    : Prisma.empty;
}

/** Sets the columns named by a change, whose values JSON can carry, of the row under an alias. */
export function changed(alias: 'r' | 'c', change: RunResult | CertificateChange): Prisma.Sql {
  const columns = Object.keys(change).map((column) => `"${column}"`);
  const row = Prisma.raw(alias);
  return Prisma.sql`(${Prisma.raw(columns.join(', '))}) = (
    SELECT ${Prisma.raw(columns.map((column) => `made.${column}`).join(', '))}
      FROM jsonb_populate_record(${row}, ${JSON.stringify(change)}::jsonb) made)`;
}
