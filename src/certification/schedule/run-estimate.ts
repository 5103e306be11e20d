import type { CertificationProfile } from '../../generated/prisma/client.js';
import { readCapabilities } from '../../models/capabilities.js';
import { PROBES } from '../probes/index.js';
import { runsIn } from '../validation/suite.js';

/** What decides the cost of a run. */
export interface Estimable {
  readonly profile: CertificationProfile;
  readonly discover: boolean;
  /** US dollars; null: unbounded. */
  readonly maxCostUsd: number | null;
  /** Of the base model, as stored. */
  readonly capabilities: unknown;
  readonly costPer1MInput: number;
  readonly costPer1MOutput: number;
}

/** Attempts of a repeatable probe in the profile `deep`, whatever the first ones say. */
const DEEP_ATTEMPTS = 3;

/**
 * What a run costs at most, in US dollars, when every probe that is not repeated for its own sake
 * is settled by its first attempt.
 */
export function estimateOf(run: Estimable): number {
  const { profile, discover, maxCostUsd, costPer1MInput, costPer1MOutput } = run;
  const capabilities = readCapabilities(run.capabilities);
  const cost = PROBES.filter(({ from }) => runsIn(profile, from))
    .filter(({ claim }) => claim === null || discover || capabilities[claim])
    .reduce((sum, probe) => {
      const { inputTokens, outputTokens } = probe.estimate(capabilities, profile);
      const once = (inputTokens * costPer1MInput + outputTokens * costPer1MOutput) / 1_000_000;
      return sum + once * (profile === 'deep' && probe.repeatable ? DEEP_ATTEMPTS : 1);
    }, 0);
  return maxCostUsd === null ? cost : Math.min(cost, maxCostUsd);
}
