import { setMaxListeners } from 'node:events';
import { InferenceError } from './inference-error.js';

/** The end of one call: its time limits and the caller's signal, joined in one signal. */
export class Deadline {
  private readonly controller = new AbortController();
  private readonly total: NodeJS.Timeout;
  private readonly first: NodeJS.Timeout | undefined;
  private readonly cancel = (): void =>
    this.controller.abort(new InferenceError('CANCELLED', 'The call was cancelled.'));

  /** @throws InferenceError CANCELLED when the caller has already given up. */
  constructor(
    private readonly caller: AbortSignal,
    limits: { readonly firstByteMs: number | null; readonly totalMs: number },
    host: string,
  ) {
    if (caller.aborted) throw new InferenceError('CANCELLED', 'The call was cancelled.');
    setMaxListeners(0, caller); // many calls of one job share its signal, and each stops listening
    caller.addEventListener('abort', this.cancel, { once: true });
    const { firstByteMs, totalMs } = limits;
    if (firstByteMs !== null) {
      this.first = setTimeout(() => {
        this.expire('FIRST_BYTE_TIMEOUT', `${host} did not begin to answer`, firstByteMs);
      }, firstByteMs);
    }
    this.total = setTimeout(() => {
      this.expire('TOTAL_TIMEOUT', `${host} did not finish its answer`, totalMs);
    }, totalMs);
  }

  /** Aborts when the call must stop; the reason is always an InferenceError. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** The answer has begun: only the total limit counts from here. */
  begun(): void {
    clearTimeout(this.first);
  }

  /** The call is over. */
  end(): void {
    clearTimeout(this.first);
    clearTimeout(this.total);
    this.caller.removeEventListener('abort', this.cancel);
  }

  private expire(code: string, words: string, afterMs: number): void {
    const message = `${words} within ${String(afterMs / 1000)} s.`;
    this.controller.abort(new InferenceError('TIMEOUT', message, { code }));
  }
}
