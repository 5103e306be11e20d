import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';

import { Chore } from '../../shared/chore.js';
import { Config } from '../../shared/config.js';
import { ScheduleQueue } from './schedule-queue.js';

const INTERVAL_MS = 30_000;

/**
 * Keeps the queue's schedule as the settings want it: put there, also after the queue was emptied,
 * or removed. With processes that are set differently, the last one to look wins.
 */
@Injectable()
export class ScheduleKeeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly keeping = new Chore(
    ScheduleKeeper.name,
    'Could not keep the schedule',
    INTERVAL_MS,
    () => this.keep(),
  );

  constructor(
    private readonly config: Config,
    private readonly queue: ScheduleQueue,
  ) {}

  /** A queue that is away keeps no process from starting. */
  onApplicationBootstrap(): void {
    this.keeping.start();
  }

  onModuleDestroy(): void {
    this.keeping.stop();
  }

  private async keep(): Promise<void> {
    const { on, seconds } = this.config.certificationSchedule;
    if (on) return this.queue.keep(seconds);
    await this.queue.remove();
    this.keeping.stop(); // it does not come back by itself
  }
}
