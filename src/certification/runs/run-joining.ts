import { Prisma, RunPriority, type CertificationRun } from '../../generated/prisma/client.js';
import { runsIn } from '../validation/suite.js';
import type { Place, RunOrder, RunScope } from './run-order.js';
import { OPEN } from './run-status.js';

/** What of a run its acceptance says. */
export type AcceptedRun = RunScope &
  Pick<
    CertificationRun,
    'id' | 'certificationId' | 'deploymentId' | 'region' | 'status' | 'jobId' | 'fence' | 'priority'
  >;

/** The columns of an `AcceptedRun`, of the run `r`. */
export const ACCEPTED = Prisma.sql`
  r.id, r."certificationId", r."deploymentId", r.region, r.status::text, r."jobId", r.fence,
  r.priority::text, r.profile::text, r.discover, r."maxCostUsd"`;

/** From the first to be carried out on. */
const PRIORITIES = Object.values(RunPriority);

/** Whether a run tests all that is wanted, and may cost no more. */
export function covers(run: RunScope, wanted: RunScope): boolean {
  const within =
    wanted.maxCostUsd === null || (run.maxCostUsd ?? Number.POSITIVE_INFINITY) <= wanted.maxCostUsd;
  return runsIn(run.profile, wanted.profile) && (run.discover || !wanted.discover) && within;
}

/**
 * Until the transaction ends, no other one can start or join a run of these deployments. They are
 * locked first, in one order, then runs, then certificates: so nobody waits in a circle with those
 * who change them.
 */
export async function lockDeployments(
  tx: Prisma.TransactionClient,
  ids: readonly string[],
): Promise<void> {
  await tx.$executeRaw`
    SELECT FROM model_deployments WHERE id = ANY(${[...ids]}::text[])
     ORDER BY id COLLATE "C" FOR NO KEY UPDATE`;
}

/** The runs that a request joins; one that is to be cancelled stops soon, and is none of them. */
export function activeRuns(
  tx: Prisma.TransactionClient,
  places: readonly Place[],
): Promise<AcceptedRun[]> {
  return tx.$queryRaw`
    SELECT ${ACCEPTED}
      FROM certification_runs r
      JOIN unnest(${places.map(({ deploymentId }) => deploymentId)}::text[],
                  ${places.map(({ region }) => region)}::text[]) AS place(deployment, region)
        ON r."deploymentId" = place.deployment AND r.region = place.region
     WHERE ${OPEN} AND r."cancelRequestedAt" IS NULL`;
}

/** A run that does now what several want. */
export interface RaisedRun extends AcceptedRun {
  /** Whether it comes earlier than before: it has another job then, as if it was handed over. */
  readonly moved: boolean;
}

/**
 * Raises runs that nobody has taken up yet to what they and the order want: the deeper profile, the
 * smaller budget, the higher priority. Those of another user, which may call with that user's own
 * keys, stay as they are.
 */
export async function raise(
  tx: Prisma.TransactionClient,
  runs: readonly AcceptedRun[],
  order: RunOrder,
): Promise<RaisedRun[]> {
  const short = runs.filter((run) => !covers(run, order) || isBefore(order, run));
  if (short.length === 0) return [];
  const { profile, discover, maxCostUsd, priority, origin, userId } = order;
  return tx.$queryRaw`
    WITH waiting AS (
      SELECT id, priority FROM certification_runs
       WHERE id = ANY(${short.map(({ id }) => id)}::text[]) AND status IN ('PENDING', 'QUEUED')
         AND "startedAt" IS NULL AND "cancelRequestedAt" IS NULL
         AND ("userId" IS NULL OR "userId" = ${userId})
       ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE certification_runs r
       SET profile = greatest(r.profile, ${profile}::"CertificationProfile"),
           discover = r.discover OR ${discover},
           "maxCostUsd" = least(r."maxCostUsd", ${maxCostUsd}::float8),
           priority = least(r.priority, ${priority}::"RunPriority"),
           origin = least(r.origin, ${origin}::"RunOrigin"),
           fence = r.fence + (r.priority > ${priority}::"RunPriority")::int, "updatedAt" = now()
      FROM waiting WHERE r.id = waiting.id
    RETURNING ${ACCEPTED}, r.priority <> waiting.priority AS moved`;
}

function isBefore(one: Pick<RunOrder, 'priority'>, other: Pick<RunOrder, 'priority'>): boolean {
  return PRIORITIES.indexOf(one.priority) < PRIORITIES.indexOf(other.priority);
}
