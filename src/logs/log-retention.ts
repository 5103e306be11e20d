import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';

import { Prisma } from '../generated/prisma/client.js';
import { Chore } from '../shared/chore.js';
import { Config } from '../shared/config.js';
import { PrismaService } from '../shared/database/prisma.service.js';

const INTERVAL_MS = 3_600_000;
/** So many entries are removed by one statement. */
const SLICE = 5_000;

/** Removes entries of the log whose time is over, every hour; one process at a time. */
@Injectable()
export class LogRetention implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly sweeping = new Chore(
    LogRetention.name,
    'Old entries of the log stay',
    INTERVAL_MS,
    () => this.sweep(),
  );
  private stopped = false;

  constructor(
    private readonly config: Config,
    private readonly prisma: PrismaService,
  ) {}

  onApplicationBootstrap(): void {
    this.sweeping.start();
  }

  onModuleDestroy(): void {
    this.stopped = true;
    this.sweeping.stop();
  }

  private async sweep(): Promise<void> {
    let removed = SLICE;
    while (removed === SLICE && !this.stopped) removed = await this.removeSlice();
  }

  /** @returns how many were removed; 0 while another process removes some */
  private async removeSlice(): Promise<number> {
    const removed = await this.prisma.select(Prisma.sql`
      WITH turn AS MATERIALIZED (
        SELECT pg_try_advisory_xact_lock(hashtext('logs.retention')) AS mine
      )
      DELETE FROM logs WHERE id IN (
        SELECT l.id FROM logs l
         WHERE l.timestamp < now() - make_interval(days => ${this.config.logRetentionDays}::int)
           AND (SELECT mine FROM turn)
         ORDER BY l.timestamp LIMIT ${SLICE}::int)
      RETURNING 1`);
    return removed.length;
  }
}
