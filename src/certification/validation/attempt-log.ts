import type { Attempt } from './outcome.js';

/**
 * Stores the attempts of a run while the next probe is already asking. Never more than one attempt
 * that asked a provider is ahead of what is safe: a worker that dies repeats that one, no other.
 */
export class AttemptLog {
  private stored: Promise<unknown> = Promise.resolve();

  /** @param store stores an attempt; returns once it is safe */
  constructor(private readonly store: (attempt: Attempt) => Promise<void>) {}

  /** @throws what storing an earlier attempt threw */
  async add(attempt: Attempt): Promise<void> {
    if (attempt.exchanges.length > 0) await this.stored;
    const both = Promise.all([this.stored, this.store(attempt)]);
    both.catch(() => undefined); // whoever waits next learns of it
    this.stored = both;
  }

  /** Returns once all are safe. @throws what storing one of them threw */
  async settled(): Promise<void> {
    await this.stored;
  }
}
