import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { Logger } from '@nestjs/common';

import { seldom } from '../../shared/logging/seldom.js';
import { SCHEDULE_QUEUE } from './schedule-queue.js';
import { CertificationScheduleService } from './schedule.service.js';

/** Carries out the ticks of the schedule, one at a time. */
@Processor(SCHEDULE_QUEUE)
export class ScheduleProcessor extends WorkerHost {
  private readonly logger = new Logger(ScheduleProcessor.name);
  private readonly missed = seldom((message) => this.logger.error(`Worker: ${message}`));

  constructor(private readonly schedule: CertificationScheduleService) {
    super();
  }

  async process(): Promise<void> {
    await this.schedule.tick();
  }

  @OnWorkerEvent('error')
  onError(error: Error): void {
    this.missed(error);
  }

  /** The next tick finds the same work. */
  @OnWorkerEvent('failed')
  onFailed(_job: unknown, error: Error): void {
    this.logger.warn(`A tick failed: ${error.message}`);
  }
}
