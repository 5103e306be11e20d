import type { VendorQuirks } from './vendor-quirks.js';

/** Nova of the second generation reasons; the first, and Titan, do not. */
const REASONS = /^amazon\.nova-2-/;

/** Amazon Nova 2 User Guide, "Extended thinking". */
export const AMAZON: VendorQuirks = {
  reasoning: (model, effort) =>
    REASONS.test(model)
      ? {
          fields: { reasoningConfig: { type: 'enabled', maxReasoningEffort: effort } },
          withoutOutputLimit: effort === 'high',
        }
      : null,
};
