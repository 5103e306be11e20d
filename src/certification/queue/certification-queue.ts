import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import type { JobsOptions, Queue } from 'bullmq';

import type { RunPriority } from '../../generated/prisma/client.js';
import { inTime } from '../../shared/in-time.js';
import { seldom } from '../../shared/logging/seldom.js';

export const CERTIFICATION_QUEUE = 'certification';

/** What a job carries: the run's id, never more. */
export interface CertificationJob {
  readonly runId: string;
}

export interface Wakeable {
  readonly id: string;
  readonly fence: number;
  readonly priority: RunPriority;
  /** Not before so many milliseconds from now; left out: at once. */
  readonly delayMs?: number;
  /** Whether its job may still sleep by a clock that is wrong. */
  readonly overslept?: boolean;
}

/** An unreachable Redis keeps its callers waiting for ever; a request is answered within a second. */
const TIMEOUT_MS = 600;

interface WakeUp {
  readonly name: string;
  readonly data: CertificationJob;
  readonly opts: JobsOptions;
}

/** Jobs without a priority come before those with one, and the last of them first when `lifo`. */
const PLACE_IN_QUEUE: Record<RunPriority, JobsOptions> = {
  high: { lifo: true },
  normal: {},
  low: { priority: 1 },
};

/** Jobs that are added at once. */
const MAX_BULK = 500;

/** The queue is only a wake-up: the run in PostgreSQL is the truth, and the reconciler its guard. */
@Injectable()
export class CertificationQueue {
  private readonly logger = new Logger(CertificationQueue.name);

  constructor(@InjectQueue(CERTIFICATION_QUEUE) private readonly queue: Queue<CertificationJob>) {
    queue.on(
      'error',
      seldom((message) => this.logger.error(`Queue: ${message}`)),
    );
  }

  /** The job that wakes a run; another one for each claim, so that a kept id never blocks it. */
  static jobId(run: Pick<Wakeable, 'id' | 'fence'>): string {
    return `cert-${run.id}-${run.fence}`;
  }

  /** @returns whether the queue took the jobs; when it did not, the reconciler tries again */
  async wake(runs: readonly Wakeable[]): Promise<boolean> {
    const overslept = runs.filter((run) => run.overslept);
    if (overslept.length > 0) await this.ask(Promise.all(overslept.map((run) => this.rouse(run))));
    const jobs = runs.map((run) => ({
      name: 'certify',
      data: { runId: run.id },
      opts: {
        ...{ jobId: CertificationQueue.jobId(run), removeOnComplete: true, removeOnFail: true },
        ...PLACE_IN_QUEUE[run.priority],
        ...(run.delayMs && { delay: Math.ceil(run.delayMs) }),
      },
    }));
    for (let start = 0; start < jobs.length; start += MAX_BULK) {
      if (!(await this.add(jobs.slice(start, start + MAX_BULK)))) return false;
    }
    return true;
  }

  private async add(jobs: readonly WakeUp[]): Promise<boolean> {
    const [first, ...others] = jobs;
    if (!first) return true;
    // On PostgreSQL a bulk of one takes ten times as long as one job.
    const added =
      others.length > 0
        ? this.queue.addBulk([...jobs])
        : this.queue.add(first.name, first.data, first.opts);
    return (await this.ask<unknown>(added)) !== null;
  }

  /** Adding a job that sleeps is no use: its id is taken. One that waits keeps its place. */
  private async rouse(run: Wakeable): Promise<void> {
    const job = await this.queue.getJob(CertificationQueue.jobId(run));
    if (await job?.isDelayed()) await job?.promote();
  }

  /** Forgets wake-ups that are not needed any more, as far as the queue answers. */
  async forget(jobIds: readonly string[]): Promise<void> {
    await this.ask(Promise.all(jobIds.map((jobId) => this.queue.remove(jobId))));
  }

  /** Lets all workers take new jobs, or none. @returns whether the queue answered */
  async setPaused(paused: boolean): Promise<boolean> {
    const asked = paused ? this.queue.pause() : this.queue.resume();
    return (await this.ask(asked.then(() => true))) !== null;
  }

  /** @throws Error when the queue fails; while it is unreachable it may not end */
  async check(): Promise<void> {
    await this.queue.isPaused();
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
