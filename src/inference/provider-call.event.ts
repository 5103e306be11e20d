import type { ErrorCategory } from './inference-error.js';

/** A call to a provider that ended. */
export interface ProviderCall {
  /** Kind of the adapter that made it. */
  readonly adapter: string;
  /** Whole answer, stream, or the free question what the provider knows of the model. */
  readonly operation: 'invoke' | 'stream' | 'standing';
  /** Of the fault; null: there was none. */
  readonly category: ErrorCategory | null;
  /** Of the monotonic clock, credentials included. */
  readonly durationMs: number;
}

/** A call to a provider ended: told at once, in the process that made it. */
export class ProviderCalledEvent {
  static readonly NAME = 'provider.called';

  constructor(readonly call: ProviderCall) {}
}
