import type { Measurement } from './measurement.js';

/** What the requests of a route came to. */
interface Tally {
  readonly method: string;
  readonly route: string;
  requests: number;
  failed: number;
  milliseconds: number;
}

/**
 * Sums up the answers of the API by route, until they are taken as points: one for each request
 * would cost more than many an answer.
 */
export class HttpTally {
  private tallies = new Map<string, Tally>();

  /** Counts an answer. @param route the template of its path */
  add(method: string, route: string, status: number, milliseconds: number): void {
    const name = `${method} ${route}`;
    let tally = this.tallies.get(name);
    if (!tally) {
      tally = { method, route, requests: 0, failed: 0, milliseconds: 0 };
      this.tallies.set(name, tally);
    }
    tally.requests += 1;
    tally.milliseconds += milliseconds;
    if (status >= 500) tally.failed += 1;
  }

  /**
   * What was counted since it was taken last, for each route:
   * - `http_latency`: mean in milliseconds;
   * - `http_error_rate`: share of the answers that were a fault of ours, 5xx.
   */
  take(timestamp: Date): Measurement[] {
    const tallies = [...this.tallies.values()];
    this.tallies = new Map();
    return tallies.map(({ method, route, requests, failed, milliseconds }) => ({
      deploymentId: null,
      timestamp,
      metadata: { method, route, requests },
      values: [
        ['http_latency', milliseconds / requests],
        ['http_error_rate', failed / requests],
      ],
    }));
  }
}
