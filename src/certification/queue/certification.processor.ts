import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DelayedError, type Job } from 'bullmq';

import { Config } from '../../shared/config.js';
import { CERTIFICATION_QUEUE, type CertificationJob } from './certification-queue.js';
import { CertificationRunner } from '../runs/certification-runner.js';

/** Wakes runs. A dead worker's job is found within 10 s: the lock, then the next stalled check. */
@Processor(CERTIFICATION_QUEUE, {
  lockDuration: 5_000,
  stalledInterval: 5_000,
  maxStalledCount: 5,
})
export class CertificationProcessor
  extends WorkerHost
  implements OnApplicationBootstrap, OnModuleDestroy
{
  private readonly logger = new Logger(CertificationProcessor.name);

  constructor(
    private readonly runner: CertificationRunner,
    private readonly config: Config,
  ) {
    super();
  }

  onApplicationBootstrap(): void {
    this.worker.concurrency = this.config.certificationConcurrency;
  }

  async process(job: Job<CertificationJob>, token?: string): Promise<void> {
    const execution = await this.runner.execute(job.data.runId);
    if (execution.done) return;
    // Somebody seems to be at work: look again when their lease is over.
    await job.moveToDelayed(execution.busyUntil.getTime(), token);
    throw new DelayedError();
  }

  @OnWorkerEvent('error')
  onError(error: Error): void {
    this.logger.error(`Worker: ${error.message}`);
  }

  @OnWorkerEvent('failed')
  onFailed(job: Job<CertificationJob> | undefined, error: Error): void {
    this.logger.error(`Job ${job?.id ?? '?'}: ${error.message}`);
  }

  /** Takes no more jobs, and ends or hands back those under way, which closing waits for. */
  async onModuleDestroy(): Promise<void> {
    await Promise.all([this.worker.close(), this.runner.stop()]);
  }
}
