import type { CertificationStatus } from '../generated/prisma/client.js';

/** A run that ended, and whose certificate shows it. */
export interface FinishedRun {
  readonly runId: string;
  readonly deploymentId: string;
  readonly providerId: string;
  readonly baseModelId: string;
  readonly region: string;
  readonly status: CertificationStatus;
  /** Whether the deployment passed; null: the run came to no verdict on it. */
  readonly passed: boolean | null;
  /** What kept it from a verdict, or was found at fault; null: nothing. */
  readonly errorCategory: string | null;
  readonly rating: number | null;
  readonly avgLatencyMs: number | null;
  readonly costUsd: number;
  readonly durationMs: number;
  readonly completedAt: Date;
}

/** A run ended: told once it is committed, in the process that carried it out. */
export class CertificationFinishedEvent {
  static readonly NAME = 'certification.finished';

  constructor(readonly run: FinishedRun) {}
}
