import type { VendorQuirks } from './vendor-quirks.js';

/** R1 always reasons; there is nothing to switch on. */
export const DEEPSEEK: VendorQuirks = {
  reasoning: (model) => (model.startsWith('deepseek.r1-') ? {} : null),
};
