import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DelayedError, UnrecoverableError, type Job } from 'bullmq';

import { Config } from '../../shared/config.js';
import { inTime } from '../../shared/in-time.js';
import { objectOrNull, stringOrNull } from '../../shared/json.js';
import { inContext } from '../../shared/logging/log-context.js';
import { seldom } from '../../shared/logging/seldom.js';
import { CERTIFICATION_QUEUE } from './certification-queue.js';
import { CertificationRunner } from '../runs/certification-runner.js';

/** The grace time of runs, and what it takes to hand back those that did not end in it. */
const PATIENCE_MS = 7_000;

/** Wakes runs. A dead worker's job is found within 10 s: the lock, then the next stalled check. */
@Processor(CERTIFICATION_QUEUE, {
  autorun: false,
  lockDuration: 5_000,
  stalledInterval: 5_000,
  maxStalledCount: 5,
})
export class CertificationProcessor
  extends WorkerHost
  implements OnApplicationBootstrap, OnModuleDestroy
{
  private readonly logger = new Logger(CertificationProcessor.name);
  private readonly missed = seldom((message) => this.logger.error(`Worker: ${message}`));

  constructor(
    private readonly runner: CertificationRunner,
    private readonly config: Config,
  ) {
    super();
  }

  /**
   * The worker is started here and not by itself: one that has taken a job before its concurrency
   * is set takes no other until that job is over.
   */
  onApplicationBootstrap(): void {
    this.worker.concurrency = this.config.certificationConcurrency;
    this.worker.run().catch((error: Error) => this.onError(error));
  }

  async process(job: Job<unknown>, token?: string): Promise<void> {
    const runId = runIdIn(job.data);
    const { id: jobId } = job;
    const known = { runId, ...(jobId !== undefined && { jobId }) };
    const execution = await inContext(known, () => this.runner.execute(runId));
    if (execution === 'over') return;
    // By this process's clock, which also decides when a delayed job is due.
    await job.moveToDelayed(Date.now() + Math.ceil(execution.waitMs), token);
    throw new DelayedError();
  }

  @OnWorkerEvent('error')
  onError(error: Error): void {
    this.missed(error);
  }

  @OnWorkerEvent('failed')
  onFailed(job: Job<unknown> | undefined, error: Error): void {
    const known = { jobId: job?.id, runId: objectOrNull(job?.data)?.runId };
    this.logger.error(`Job ${job?.id ?? '?'}: ${error.message}`, known);
  }

  /** Takes no more jobs, and ends or hands back those under way, which closing waits for. */
  async onModuleDestroy(): Promise<void> {
    const stopped = this.runner.stop(this.worker.close()).then(() => true);
    if (await inTime(stopped, PATIENCE_MS)) return;
    this.logger.warn('Runs could not be handed back; other workers find them by their leases.');
  }
}

/** @throws UnrecoverableError when the job is none of this version's */
function runIdIn(data: unknown): string {
  const runId = stringOrNull(objectOrNull(data)?.runId);
  if (runId === null) throw new UnrecoverableError('The job names no run.');
  return runId;
}
