import { thinkingFields } from '../../claude-thinking.js';
import type { VendorQuirks } from './vendor-quirks.js';

/** Amazon Bedrock User Guide, "Extended thinking" and "Adaptive thinking". */
export const ANTHROPIC: VendorQuirks = {
  reasoning(model, effort, maxOutputTokens = Infinity) {
    const fields = thinkingFields(model, effort, maxOutputTokens);
    return fields && { fields };
  },
};
