import { Injectable, Logger } from '@nestjs/common';
import { EventEmitter2, EventEmitterReadinessWatcher } from '@nestjs/event-emitter';

import { CertificationFinishedEvent, type FinishedRun } from '../certification-finished.event.js';
import { ProbeAttemptedEvent } from '../probe-attempted.event.js';
import type { Attempt } from '../validation/outcome.js';

/** Tells the other rooms what became of runs. A listener that fails is logged and hurts nobody. */
@Injectable()
export class CertificationNews {
  private readonly logger = new Logger(CertificationNews.name);

  constructor(
    private readonly events: EventEmitter2,
    private readonly readiness: EventEmitterReadinessWatcher,
  ) {}

  /** Returns at once, and never throws. */
  finished(run: FinishedRun): void {
    void this.tell(CertificationFinishedEvent.NAME, new CertificationFinishedEvent(run));
  }

  /** Returns at once, and never throws. */
  attempted({ probe, verdict, startedAt, completedAt }: Attempt): void {
    const durationMs = Math.max(0, completedAt.getTime() - startedAt.getTime());
    const attempt = { probe, verdict, durationMs };
    void this.tell(ProbeAttemptedEvent.NAME, new ProbeAttemptedEvent(attempt));
  }

  private async tell(name: string, event: object): Promise<void> {
    try {
      // A worker takes up runs before the last listener of a starting process is there.
      await this.readiness.waitUntilReady();
      await this.events.emitAsync(name, event);
    } catch (error) {
      this.logger.error(`A listener of ${name} failed: ${String(error)}`);
    }
  }
}
