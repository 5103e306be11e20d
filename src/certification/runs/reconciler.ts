import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';

import { Chore } from '../../shared/chore.js';
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
  private readonly reconciling = new Chore(
    Reconciler.name,
    'Could not reconcile',
    INTERVAL_MS,
    () => this.reconcile(),
  );

  constructor(
    private readonly store: CertificationRunStore,
    private readonly waiting: WaitingRuns,
    private readonly queue: CertificationQueue,
  ) {}

  onModuleInit(): void {
    this.reconciling.start();
  }

  onModuleDestroy(): void {
    this.reconciling.stop();
  }

  private async reconcile(): Promise<void> {
    const stranded = [
      ...(await this.waiting.handOver()),
      ...(await this.waiting.findStranded(BATCH)),
    ];
    if (stranded.length === 0) return;
    if (await this.queue.wake(stranded)) {
      await this.store.markQueued(stranded.map(({ id }) => id));
    }
  }
}
