import { Logger } from '@nestjs/common';

import { SingleFlight } from './single-flight.js';

/**
 * What a process does again and again, one at a time: when it starts, and at an interval. What
 * fails is told in the log and done again the next time.
 */
export class Chore {
  private readonly flight: SingleFlight<void>;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param name who says in the log that it failed
   * @param failed what to say then
   */
  constructor(
    name: string,
    failed: string,
    private readonly intervalMs: number,
    work: () => Promise<unknown>,
  ) {
    const logger = new Logger(name);
    this.flight = new SingleFlight(async () => {
      try {
        await work();
      } catch (error) {
        logger.warn(`${failed}: ${String(error)}`);
      }
    });
  }

  /** Waits for nothing. */
  start(): void {
    this.timer = setInterval(() => void this.flight.run(), this.intervalMs).unref();
    void this.flight.run();
  }

  /** It is not done again; what is under way goes on. */
  stop(): void {
    clearInterval(this.timer);
  }

  /** Resolves when nothing of it is under way. */
  async idle(): Promise<void> {
    await this.flight.underWay;
  }
}
