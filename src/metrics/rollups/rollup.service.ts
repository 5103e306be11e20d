import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';

import type { Prisma, RollupWidth } from '../../generated/prisma/client.js';
import { Chore } from '../../shared/chore.js';
import { Config } from '../../shared/config.js';
import { tryLock } from '../../shared/database/advisory-lock.js';
import { deleteOld } from './retention.js';
import { RollupDatabase, STATEMENT_MS } from './rollup-database.js';
import { insertRollups, moment, ROLLUP_LOCK, WITHOUT_HOURS } from './rollup-sql.js';

const INTERVAL_MS = 60_000;
/** A bucket is summed up so long after its end, when the points that were buffered are written. */
const SETTLED_AFTER_MS = 60_000;

interface Bucket {
  readonly width: RollupWidth;
  readonly at: Date;
}

/** Rolls up the hours and days that are over, again when points came late, and deletes the old. */
@Injectable()
export class MetricRollupService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly summing = new Chore(
    MetricRollupService.name,
    'Could not sum up metrics',
    INTERVAL_MS,
    () => this.work(),
  );
  private stopping = false;

  constructor(
    private readonly prisma: RollupDatabase,
    private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    this.summing.start();
  }

  /** Waits for the bucket under way; the next process goes on with the others. */
  async onModuleDestroy(): Promise<void> {
    this.summing.stop();
    this.stopping = true;
    await this.summing.idle();
  }

  /**
   * Sums up every bucket that is due and over, the newest first: it is looked at most.
   * @returns how many; stops early when another process is at work
   */
  async rollUp(now = new Date()): Promise<number> {
    let buckets = 0;
    while (!this.stopping && (await this.rollUpOne(now))) buckets += 1;
    return buckets;
  }

  /** Deletes what the settings no longer keep. */
  deleteOld(now = new Date()): Promise<void> {
    return deleteOld(this.prisma, this.config.metricRetention, now, () => !this.stopping);
  }

  private async work(): Promise<void> {
    await this.rollUp();
    await this.deleteOld();
  }

  /** All of a bucket or nothing: what is done twice comes out the same. */
  private rollUpOne(now: Date): Promise<boolean> {
    return this.prisma.$transaction(
      async (tx) => {
        if (!(await tryLock(tx, ROLLUP_LOCK))) return false;
        const due = await nextDue(tx, now);
        if (due) await writeBucket(tx, due);
        return due !== undefined;
      },
      { timeout: STATEMENT_MS },
    );
  }
}

/** The newest hour that is due and over; without any, the newest such day. */
async function nextDue(tx: Prisma.TransactionClient, now: Date): Promise<Bucket | undefined> {
  const settled = moment(now.getTime() - SETTLED_AFTER_MS);
  const [hour] = await tx.$queryRaw<Bucket[]>`
    SELECT width::text, at FROM system_metric_rollups_due
     WHERE width = 'hour' AND at <= ${settled} - interval '1 hour'
       AND at >= (SELECT "rawFrom" FROM system_metric_retention)
     ORDER BY at DESC LIMIT 1`;
  if (hour) return hour;
  const [day] = await tx.$queryRaw<Bucket[]>`
    SELECT 'day' AS width, max(at) AS at
      FROM ((SELECT at FROM system_metric_rollups_due
              WHERE width = 'day' AND at <= ${settled} - interval '1 day' ORDER BY at DESC LIMIT 1)
            UNION ALL
            (SELECT at FROM system_metric_rollups
              WHERE ${WITHOUT_HOURS} ORDER BY at DESC LIMIT 1)) newest
    HAVING max(at) IS NOT NULL`;
  return day;
}

/**
 * What is due is taken off first: points that come after that make the bucket due again, whether
 * this transaction sees them or not.
 */
async function writeBucket(tx: Prisma.TransactionClient, { width, at }: Bucket): Promise<void> {
  await tx.systemMetricRollupDue.deleteMany({ where: { width, at } });
  await tx.systemMetricRollup.deleteMany({ where: { width, at } });
  await tx.$executeRaw(insertRollups(width, at));
  if (width === 'day') return;
  const day = new Date(at);
  day.setUTCHours(0, 0, 0, 0);
  await tx.systemMetricRollupDue.create({ data: { width: 'day', at: day } });
}
