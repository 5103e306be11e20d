import { CallerSignal, type Cancellable } from './caller-signal.js';
import { InferenceError } from './inference-error.js';

/** What a deadline ends. */
export interface Limited extends Cancellable {
  /** Whom it asks, for the reason. */
  readonly host: string;
}

export interface Limits {
  /** Null: the whole time may pass before the answer begins. */
  readonly firstByteMs: number | null;
  readonly totalMs: number;
}

/** The end of one call: by its time limits, or by the caller's signal. */
export class Deadline {
  private readonly caller: CallerSignal;
  private readonly total: NodeJS.Timeout;
  private readonly first: NodeJS.Timeout | undefined;

  /** @throws InferenceError CANCELLED when the caller has already given up */
  constructor(
    signal: AbortSignal,
    private readonly limits: Limits,
    private readonly call: Limited,
  ) {
    this.caller = CallerSignal.of(signal);
    this.caller.watch(call);
    if (limits.firstByteMs !== null) {
      this.first = setTimeout(expireFirst, limits.firstByteMs, this);
    }
    this.total = setTimeout(expireTotal, limits.totalMs, this);
  }

  /** The answer has begun: only the total limit counts from here. */
  begun(): void {
    clearTimeout(this.first);
  }

  /** The call is over. */
  end(): void {
    clearTimeout(this.first);
    clearTimeout(this.total);
    this.caller.unwatch(this.call);
  }

  /** A limit has passed. */
  expire(code: 'FIRST_BYTE_TIMEOUT' | 'TOTAL_TIMEOUT'): void {
    const isFirst = code === 'FIRST_BYTE_TIMEOUT';
    const afterMs = (isFirst ? this.limits.firstByteMs : this.limits.totalMs) ?? 0;
    const words = isFirst ? 'did not begin to answer' : 'did not finish its answer';
    const message = `${this.call.host} ${words} within ${String(afterMs / 1000)} s.`;
    this.call.fail(new InferenceError('TIMEOUT', message, { code }));
  }
}

function expireFirst(deadline: Deadline): void {
  deadline.expire('FIRST_BYTE_TIMEOUT');
}

function expireTotal(deadline: Deadline): void {
  deadline.expire('TOTAL_TIMEOUT');
}
