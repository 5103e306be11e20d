import type { CertificationProfile } from '../../generated/prisma/client.js';
import { readCapabilities } from '../../models/capabilities.js';

/** What decides the cost of a run. */
export interface Estimable {
  readonly profile: CertificationProfile;
  /** US dollars; null: unbounded. */
  readonly maxCostUsd: number | null;
  /** Of the base model, as stored. */
  readonly capabilities: unknown;
  readonly costPer1MInput: number;
  readonly costPer1MOutput: number;
}

/** Tokens of a run that tries every claim, each settled by its first attempt. */
const TOKENS: Record<CertificationProfile, { input: number; output: number }> = {
  smoke: { input: 500, output: 700 },
  standard: { input: 26_000, output: 3_200 },
  deep: { input: 78_000, output: 9_600 }, // three attempts
};

/** What a run costs, in US dollars: rather too much, as hardly any model claims everything. */
export function estimateOf(run: Estimable): number {
  const { profile, maxCostUsd, costPer1MInput, costPer1MOutput } = run;
  const { input, output } = TOKENS[profile];
  // The whole window is filled once.
  const window = profile === 'deep' ? readCapabilities(run.capabilities).maxContextWindow : 0;
  const cost = ((input + window) * costPer1MInput + output * costPer1MOutput) / 1_000_000;
  return maxCostUsd === null ? cost : Math.min(cost, maxCostUsd);
}
