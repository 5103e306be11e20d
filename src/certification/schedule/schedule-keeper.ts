import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';

import { Config } from '../../shared/config.js';
import { ScheduleQueue } from './schedule-queue.js';

const INTERVAL_MS = 30_000;

/**
 * Keeps the queue's schedule as the settings want it: put there, also after the queue was emptied,
 * or removed. With processes that are set differently, the last one to look wins.
 */
@Injectable()
export class ScheduleKeeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(ScheduleKeeper.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly config: Config,
    private readonly queue: ScheduleQueue,
  ) {}

  /** A queue that is away keeps no process from starting. */
  onApplicationBootstrap(): void {
    void this.keep();
    this.timer = setInterval(() => void this.keep(), INTERVAL_MS);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async keep(): Promise<void> {
    const { on, seconds } = this.config.certificationSchedule;
    try {
      await (on ? this.queue.keep(seconds) : this.queue.remove());
      // What is off is removed once: it does not come back by itself.
      if (!on) clearInterval(this.timer);
    } catch (error) {
      this.logger.warn(`Could not keep the schedule: ${String(error)}`);
    }
  }
}
