import type { VendorQuirks } from './vendor-quirks.js';

/** The open-weight models take the effort in a field of OpenAI's own. */
export const OPENAI: VendorQuirks = {
  reasoning: (model, effort) =>
    model.startsWith('openai.gpt-oss-') ? { fields: { reasoning_effort: effort } } : null,
};
