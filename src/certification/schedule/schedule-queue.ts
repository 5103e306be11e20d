import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import type { Queue } from 'bullmq';

import { inTime } from '../../shared/in-time.js';
import { seldom } from '../../shared/logging/seldom.js';

export const SCHEDULE_QUEUE = 'certification-schedule';

/** The one schedule: however many processes put it there, it ticks once. */
const SCHEDULER = 'recertify';

/** An unreachable Redis keeps its callers waiting for ever; nobody waits longer than this. */
const TIMEOUT_MS = 1_000;

/** What ticks: a job scheduler in a queue of its own, so that a paused or full one stops no tick. */
@Injectable()
export class ScheduleQueue {
  private readonly logger = new Logger(ScheduleQueue.name);

  constructor(@InjectQueue(SCHEDULE_QUEUE) private readonly queue: Queue) {
    queue.on(
      'error',
      seldom((message) => this.logger.error(`Queue: ${message}`)),
    );
  }

  /**
   * Lets the schedule tick every so many seconds, at once for the first time. One that does already
   * is left alone: to put it again would move its ticks.
   */
  async keep(seconds: number): Promise<void> {
    const every = seconds * 1_000;
    const found = await this.queue.getJobScheduler(SCHEDULER);
    // A tick that was lost with its worker would be followed by no other; one that was put there by
    // a clock that is far ahead would not come for as long.
    const off = Math.abs(Number(found?.next) - Date.now());
    if (found?.every === every && off < every + PATIENCE_MS) return;
    // Put again with the same interval, it would go on from the tick that is there.
    if (found) await this.remove();
    const opts = { removeOnComplete: true, removeOnFail: true };
    await this.queue.upsertJobScheduler(SCHEDULER, { every }, { name: 'tick', opts });
  }

  async remove(): Promise<void> {
    await this.queue.removeJobScheduler(SCHEDULER);
  }

  /** When it ticks next; null: it does not, or the queue does not answer. */
  async nextTickAt(): Promise<Date | null> {
    const asked = this.queue.getJobScheduler(SCHEDULER).catch((error: Error) => {
      this.logger.error(`Queue: ${error.message}`);
      return null;
    });
    const next = (await inTime(asked, TIMEOUT_MS))?.next;
    return next === undefined ? null : new Date(next);
  }
}

/** A tick that is so late, or so far ahead, will not come in time. */
const PATIENCE_MS = 60_000;
