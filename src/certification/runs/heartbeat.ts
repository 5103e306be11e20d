import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';

import { CertificationRunStore } from './certification-run.store.js';
import { ClaimLost, type Claim } from './claim.js';
import { RunCancellation } from './run-cancellation.js';

/** Also how long a cancellation may go unnoticed when its message is lost. */
const INTERVAL_MS = 1_000;

/** Somebody wants the run ended. */
export class RunCancelled extends Error {}

/** A run that this worker has under way. */
export interface Work {
  readonly claim: Claim;
  readonly controller: AbortController;
}

/** Keeps the claims of this worker, and stops what was cancelled or taken over. */
@Injectable()
export class Heartbeat implements OnModuleInit {
  private readonly logger = new Logger(Heartbeat.name);
  private readonly works = new Set<Work>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(CertificationRunStore) private readonly store: Pick<CertificationRunStore, 'renew'>,
    @Inject(RunCancellation) private readonly cancellation: Pick<RunCancellation, 'onRequest'>,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.cancellation.onRequest(() => void this.beat());
  }

  start(work: Work): void {
    this.works.add(work);
    this.timer ??= setInterval(() => void this.beat(), INTERVAL_MS);
  }

  end(work: Work): void {
    this.works.delete(work);
    if (this.works.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private async beat(): Promise<void> {
    const works = [...this.works];
    if (works.length === 0) return;
    try {
      const renewed = await this.store.renew(works.map(({ claim }) => claim));
      const held = new Map(renewed.map((one) => [one.runId, one]));
      for (const { claim, controller } of works) {
        const found = held.get(claim.runId);
        // This process may have taken the run again, under another fence.
        if (found?.fence !== claim.fence) controller.abort(new ClaimLost(claim));
        else if (found.cancelled) controller.abort(new RunCancelled());
      }
    } catch (error) {
      this.logger.warn(`Heartbeat: ${String(error)}`);
    }
  }
}
