import type {
  CertificationProfile,
  RunOrigin,
  RunPriority,
} from '../../generated/prisma/client.js';

/** Where a certificate is wanted. */
export interface Place {
  readonly deploymentId: string;
  readonly region: string;
}

/** What a run tests, and what that may cost. */
export interface RunScope {
  readonly profile: CertificationProfile;
  /** Whether it also tries what is not declared. */
  readonly discover: boolean;
  /** In US dollars, of each run; null: unbounded. */
  readonly maxCostUsd: number | null;
}

/** How runs are to be carried out, and who wants it. */
export interface RunOrder extends RunScope {
  readonly priority: RunPriority;
  readonly origin: RunOrigin;
  /** Whether to run even where a certificate still stands. */
  readonly force: boolean;
  readonly caller: string | null;
  /** The user who asked, whose own credentials are used where they stored some. */
  readonly userId: string | null;
}
