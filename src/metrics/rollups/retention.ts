import { Prisma } from '../../generated/prisma/client.js';
import type { MetricRetention } from '../../shared/config.js';
import { waitForLock } from '../../shared/database/advisory-lock.js';
import type { PrismaService } from '../../shared/database/prisma.service.js';
import { moment, ROLLUP_LOCK } from './rollup-sql.js';

const DAY_MS = 86_400_000;
/** Rows that one statement deletes. */
const SLICE = 10_000;

/**
 * Deletes what is too old, in slices: points that are rolled up, and roll-ups.
 * @param goOn asked before each slice
 */
export async function deleteOld(
  prisma: PrismaService,
  { rawDays, rollupDays }: MetricRetention,
  now: Date,
  goOn: () => boolean,
): Promise<void> {
  const before = (days: number) => moment(now.getTime() - days * DAY_MS);
  await keepFrom(prisma, before(rawDays));
  await inSlices(
    prisma,
    Prisma.sql`
      DELETE FROM system_metrics WHERE id IN (
        SELECT id FROM system_metrics
         WHERE timestamp < (SELECT "rawFrom" FROM system_metric_retention)
         ORDER BY timestamp LIMIT ${SLICE})`,
    goOn,
  );
  for (const width of ['hour', 'day']) {
    await inSlices(
      prisma,
      Prisma.sql`
        DELETE FROM system_metric_rollups WHERE ctid = ANY(ARRAY(
          SELECT ctid FROM system_metric_rollups
           WHERE width = ${width}::"RollupWidth"
             AND at < date_trunc('day', ${before(rollupDays)}) LIMIT ${SLICE}))`,
      goOn,
    );
  }
}

/**
 * Says that points before a moment may go: not those of an hour that was never rolled up. Under the
 * lock, so that no roll-up under way still counts on them; what comes later for such an hour comes
 * too late.
 */
async function keepFrom(prisma: PrismaService, oldest: Prisma.Sql): Promise<void> {
  await prisma.$transaction(async (tx) => {
    await waitForLock(tx, ROLLUP_LOCK);
    await tx.$executeRaw`
      UPDATE system_metric_retention
         SET "rawFrom" = greatest("rawFrom", least(date_trunc('hour', ${oldest}), (
               SELECT min(at) FROM system_metric_rollups_due
                WHERE width = 'hour' AND at >= "rawFrom")))`;
    await tx.$executeRaw`
      DELETE FROM system_metric_rollups_due
       WHERE width = 'hour' AND at < (SELECT "rawFrom" FROM system_metric_retention)`;
  });
}

async function inSlices(
  prisma: PrismaService,
  statement: Prisma.Sql,
  goOn: () => boolean,
): Promise<void> {
  while (goOn() && (await prisma.$executeRaw(statement)) === SLICE);
}
