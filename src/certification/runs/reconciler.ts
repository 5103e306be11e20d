import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';

import { CertificationQueue } from '../queue/certification-queue.js';
import { CertificationRunStore } from './certification-run.store.js';
import { WaitingRuns } from './waiting-runs.js';

const INTERVAL_MS = 10_000;
const BATCH = 500;

/**
 * Wakes every accepted run whose time has come and that nobody works on: the queue may have been
 * down, emptied, or have given up on a job, but the run is in the database.
 */
@Injectable()
export class Reconciler implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(Reconciler.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: CertificationRunStore,
    private readonly waiting: WaitingRuns,
    private readonly queue: CertificationQueue,
  ) {}

  onModuleInit(): void {
    void this.reconcile();
    this.timer = setInterval(() => void this.reconcile(), INTERVAL_MS);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  async reconcile(): Promise<void> {
    try {
      const stranded = [
        ...(await this.waiting.handOver()),
        ...(await this.waiting.findStranded(BATCH)),
      ];
      if (stranded.length === 0) return;
      if (await this.queue.wake(stranded)) {
        await this.store.markQueued(stranded.map(({ id }) => id));
      }
    } catch (error) {
      this.logger.warn(`Could not reconcile: ${String(error)}`);
    }
  }
}
