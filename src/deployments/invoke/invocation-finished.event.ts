import type { ErrorCategory } from '../../inference/inference-error.js';

/** A call of a deployment that ended: well, or with a fault. */
export interface FinishedInvocation {
  readonly id: string;
  readonly deploymentId: string;
  readonly providerId: string;
  readonly baseModelId: string;
  readonly region: string;
  readonly ok: boolean;
  /** Of the fault; null: there was none. */
  readonly category: ErrorCategory | null;
  /** Whether the provider understood what was asked, and would not do it. */
  readonly refused: boolean;
  readonly latencyMs: number;
  /** Null: the call was not streamed, or no token came. */
  readonly firstTokenMs: number | null;
  /** Null: the provider reported none. */
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** Null: not known, or paid by the hour. */
  readonly costUsd: number | null;
  readonly at: Date;
}

/** A call of a deployment ended: told at once, in the process that made it. */
export class InvocationFinishedEvent {
  static readonly NAME = 'invocation.finished';

  constructor(readonly invocation: FinishedInvocation) {}
}
