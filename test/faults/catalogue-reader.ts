import { setTimeout as sleep } from 'node:timers/promises';

const EVERY_MS = 100;
/** A reader that waits for longer has given up. */
const PATIENCE_MS = 10_000;

export interface Reading {
  readonly status: number;
  readonly ms: number;
  readonly text: string;
}

/** I5: reads the catalogue all the time, whatever happens meanwhile. */
export class CatalogueReader {
  readonly readings: Reading[] = [];
  private stopped = false;
  private readonly ended: Promise<void>;

  /** @param path of what is read; a query that changes gets past what is kept in memory */
  constructor(url: string, key: string, path: (turn: number) => string) {
    this.ended = this.read(url, key, path);
  }

  /** What came other than an answer, or an answer of 503 that says so: must be nothing. */
  get faults(): string[] {
    return this.readings
      .filter(({ status, text }) => status !== 200 && !(status === 503 && isProblem(text)))
      .map(({ status, text }) => `I5: ${status} ${text.slice(0, 200)}`);
  }

  get slowestMs(): number {
    return Math.max(...this.readings.map(({ ms }) => ms));
  }

  async stop(): Promise<this> {
    this.stopped = true;
    await this.ended;
    return this;
  }

  private async read(url: string, key: string, path: (turn: number) => string): Promise<void> {
    const headers = { authorization: `Bearer ${key}` };
    for (let turn = 0; !this.stopped; turn += 1) {
      const began = performance.now();
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const reading = await fetch(`${url}${path(turn)}`, { headers, signal }).then(
        async (answer) => ({ status: answer.status, text: await answer.text() }),
        (error: unknown) => ({ status: 0, text: String(error) }),
      );
      this.readings.push({ ...reading, ms: performance.now() - began });
      await sleep(EVERY_MS);
    }
  }
}

/** A problem document tells nothing of the inside. */
function isProblem(text: string): boolean {
  return text.includes('"requestId"') && !/prisma|postgres|stack|node_modules|ECONN/i.test(text);
}
