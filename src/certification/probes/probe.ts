import type { CapabilitiesDto } from '../../models/capabilities.dto.js';
import type { ProbeSession } from '../session/probe-session.js';

/** A claim of a base model that is either made or not. */
export type Claim = {
  [K in keyof CapabilitiesDto]-?: NonNullable<CapabilitiesDto[K]> extends boolean ? K : never;
}[keyof CapabilitiesDto];

/**
 * What a probe's result means for the certificate: the `gate` must pass or nothing else is tried; a
 * failed `core` claim refuses the certificate; any `other` lowers it; a `measurement` never fails.
 */
export type ProbeKind = 'gate' | 'core' | 'other' | 'measurement';

/** What one attempt found. Faults are not findings: a probe lets an InferenceError pass. */
export type Finding =
  | { readonly verdict: 'PASS'; readonly metrics?: ProbeMetrics }
  | {
      readonly verdict: 'PASS_WITH_WARNING';
      readonly warnings: readonly string[];
      readonly metrics?: ProbeMetrics;
    }
  | { readonly verdict: 'FAIL_BEHAVIOUR'; readonly reason: string; readonly message: string }
  | { readonly verdict: 'SKIPPED_DEPENDENCY'; readonly message: string };

export type ProbeMetrics = Readonly<Record<string, number | null>>;

/** Tests one capability. Holds no state: everything it needs comes with the session. */
export interface Probe {
  readonly name: string;
  readonly kind: ProbeKind;
  /** The claim it puts to the test; null: it always runs. */
  readonly claim: Claim | null;
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

export function fail(reason: string, message: string): Finding {
  return { verdict: 'FAIL_BEHAVIOUR', reason, message };
}
