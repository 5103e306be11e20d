import type { CertificationProfile } from '../../generated/prisma/client.js';
import type { ErrorCategory } from '../../inference/inference-error.js';
import type { ClaimName } from '../../models/capabilities.js';
import type { ProbeSession } from '../session/probe-session.js';

/**
 * What a probe's result means for the certificate: the `gate` must pass or nothing else is tried; a
 * failed `core` claim refuses the certificate; any `other` lowers it; a `measurement` and an
 * `information` are shown and judge nothing.
 */
export type ProbeKind = 'gate' | 'core' | 'other' | 'measurement' | 'information';

/** What one attempt found. Faults are not findings: a probe lets an InferenceError pass. */
export type Finding =
  | { readonly verdict: 'PASS'; readonly metrics?: ProbeMetrics }
  | {
      readonly verdict: 'PASS_WITH_WARNING';
      readonly warnings: readonly string[];
      readonly metrics?: ProbeMetrics;
    }
  | {
      /** Wrong: by chance, perhaps (`FAIL_BEHAVIOUR`), or certainly (`FAIL_CAPABILITY`). */
      readonly verdict: 'FAIL_BEHAVIOUR' | 'FAIL_CAPABILITY';
      readonly reason: string;
      readonly message: string;
      readonly metrics?: ProbeMetrics;
    }
  | {
      /** Nothing can be said: now (`INCONCLUSIVE_TRANSIENT`), or until somebody changes something. */
      readonly verdict: 'INCONCLUSIVE_TRANSIENT' | 'INCONCLUSIVE_CONFIG';
      /** A name of its own, or the category of the fault when no request met it. */
      readonly reason: ErrorCategory | (string & {});
      readonly message: string;
      readonly metrics?: ProbeMetrics;
    }
  | { readonly verdict: 'SKIPPED_DEPENDENCY'; readonly message: string };

/** Numbers worth keeping, such as `observedMaxOutput`; null: could not be measured. */
export type ProbeMetrics = Readonly<Record<string, number | null>>;

/** Tests one capability. Holds no state: everything it needs comes with the session. */
export interface Probe {
  readonly name: string;
  readonly kind: ProbeKind;
  /** The claim it puts to the test; null: it tests none, and always runs. */
  readonly claim: ClaimName | null;
  /** Name of a probe before it without whose claim its own says nothing: skipped when that failed. */
  readonly foundation?: string;
  /** The shallowest profile that runs it; the deeper ones do too. */
  readonly from: CertificationProfile;
  /** Whether a failed attempt is worth repeating: two of three then decide. */
  readonly repeatable: boolean;
  /** One attempt, with fresh nonces. */
  attempt(session: ProbeSession): Promise<Finding>;
  /**
   * The same request without the feature. Only when it succeeds is a rejected feature missing;
   * absent where there is no feature to leave out.
   */
  control?(session: ProbeSession): Promise<void>;
}

export function pass(warnings: readonly string[] = [], metrics?: ProbeMetrics): Finding {
  const found = metrics ? { metrics } : {};
  return warnings.length > 0
    ? { verdict: 'PASS_WITH_WARNING', warnings, ...found }
    : { verdict: 'PASS', ...found };
}

export function fail(reason: string, message: string, metrics?: ProbeMetrics): Finding {
  return { verdict: 'FAIL_BEHAVIOUR', reason, message, ...(metrics && { metrics }) };
}

/** Certain after one attempt: the provider itself says that it cannot. */
export function missing(reason: string, message: string, metrics?: ProbeMetrics): Finding {
  return { verdict: 'FAIL_CAPABILITY', reason, message, ...(metrics && { metrics }) };
}
