import { setTimeout as sleep } from 'node:timers/promises';

import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import type { Queue } from 'bullmq';

export const CERTIFICATION_QUEUE = 'certification';

/** What a job carries: the run's id, never more. */
export interface CertificationJob {
  readonly runId: string;
}

export interface Wakeable {
  readonly id: string;
  readonly fence: number;
}

/** An unreachable Redis keeps `add` waiting for ever; nobody is kept waiting longer than this. */
const ENQUEUE_TIMEOUT_MS = 1_000;

/** The queue is only a wake-up: the run in PostgreSQL is the truth, and the reconciler its guard. */
@Injectable()
export class CertificationQueue {
  private readonly logger = new Logger(CertificationQueue.name);

  constructor(@InjectQueue(CERTIFICATION_QUEUE) private readonly queue: Queue<CertificationJob>) {
    queue.on('error', (error) => this.logger.error(`Queue: ${error.message}`));
  }

  /** The job that wakes a run; another one for each claim, so that a kept id never blocks it. */
  static jobId(run: Wakeable): string {
    return `cert-${run.id}-${run.fence}`;
  }

  /** @returns whether the queue took the jobs; when it did not, the reconciler tries again */
  async wake(runs: readonly Wakeable[]): Promise<boolean> {
    const jobs = runs.map((run) => ({
      name: 'certify',
      data: { runId: run.id },
      opts: { jobId: CertificationQueue.jobId(run), removeOnComplete: true, removeOnFail: true },
    }));
    const timer = new AbortController();
    const adding = this.queue.addBulk(jobs).then(
      () => true,
      (error: Error) => {
        this.logger.error(`Queue: ${error.message}`);
        return false;
      },
    );
    const timeout = sleep(ENQUEUE_TIMEOUT_MS, false, { signal: timer.signal }).catch(() => false);
    const taken = await Promise.race([adding, timeout]);
    timer.abort();
    return taken;
  }
}
