import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import type { Queue } from 'bullmq';

import { inTime } from '../../shared/in-time.js';

export const CERTIFICATION_QUEUE = 'certification';

/** What a job carries: the run's id, never more. */
export interface CertificationJob {
  readonly runId: string;
}

export interface Wakeable {
  readonly id: string;
  readonly fence: number;
}

/** An unreachable Redis keeps its callers waiting for ever; nobody waits longer than this. */
const TIMEOUT_MS = 1_000;

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
    const [first, ...others] = jobs;
    if (!first) return true;
    // On PostgreSQL a bulk of one takes ten times as long as one job.
    const added =
      others.length > 0
        ? this.queue.addBulk(jobs)
        : this.queue.add(first.name, first.data, first.opts);
    return (await this.ask<unknown>(added)) !== null;
  }

  /** What the queue says of itself; null when it does not answer. */
  async state(): Promise<{ paused: boolean; workers: number } | null> {
    const asked = Promise.all([this.queue.isPaused(), this.queue.getWorkersCount()]);
    const answered = await this.ask(asked);
    return answered && { paused: answered[0], workers: answered[1] };
  }

  /** What the queue answers, null when it fails or takes too long. */
  private ask<T>(work: Promise<T>): Promise<T | null> {
    const answer = work.catch((error: Error) => {
      this.logger.error(`Queue: ${error.message}`);
      return null;
    });
    return inTime(answer, TIMEOUT_MS);
  }
}
