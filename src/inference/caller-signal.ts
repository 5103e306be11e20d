import { InferenceError } from './inference-error.js';

/** What a caller can give up. */
export interface Cancellable {
  fail(fault: InferenceError): void;
}

/**
 * A caller's signal, listened to once for all the calls under way that share it: a signal looks
 * through all of its listeners whenever one comes or goes, and keeps those that went from being
 * collected as garbage.
 */
export class CallerSignal {
  private static readonly all = new WeakMap<AbortSignal, CallerSignal>();
  private readonly calls = new Set<Cancellable>();

  private constructor(private readonly signal: AbortSignal) {}

  static of(signal: AbortSignal): CallerSignal {
    let caller = this.all.get(signal);
    if (caller === undefined) {
      caller = new CallerSignal(signal);
      this.all.set(signal, caller);
    }
    return caller;
  }

  /** The call fails when the signal aborts. @throws InferenceError CANCELLED when it already has */
  watch(call: Cancellable): void {
    if (this.signal.aborted) throw cancelled();
    if (this.calls.size === 0) this.signal.addEventListener('abort', this);
    this.calls.add(call);
  }

  /** The call is over. */
  unwatch(call: Cancellable): void {
    this.calls.delete(call);
    if (this.calls.size === 0) this.signal.removeEventListener('abort', this);
  }

  /** The signal aborts. */
  handleEvent(): void {
    for (const call of this.calls) call.fail(cancelled());
  }
}

function cancelled(): InferenceError {
  return new InferenceError('CANCELLED', 'The call was cancelled.');
}
