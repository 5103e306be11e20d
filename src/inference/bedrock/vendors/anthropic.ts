import type { ReasoningEffort } from '../../adapter.js';
import { InferenceError } from '../../inference-error.js';
import type { ReasoningSwitch, VendorQuirks } from './vendor-quirks.js';

const BUDGETS: Readonly<Record<ReasoningEffort, number>> = {
  low: 1024,
  medium: 4096,
  high: 16_384,
};
const SMALLEST_BUDGET = 1024;

/** Claude 2 and 3, before 3.7. */
const WITHOUT_THINKING = /^anthropic\.claude-(?:v\d|instant|3-(?!7-))/;
/** Claude 3.7 to 4.5, which need a budget; what came later decides by itself how much to think. */
const WITH_BUDGET = /^anthropic\.claude-(?:3-7-|(?:opus|sonnet|haiku)-4-(?:[0-5]-)?\d{8})/;

/** Amazon Bedrock User Guide, "Extended thinking" and "Adaptive thinking". */
export const ANTHROPIC: VendorQuirks = {
  reasoning(model, effort, maxOutputTokens = Infinity): ReasoningSwitch | null {
    if (WITHOUT_THINKING.test(model)) return null;
    if (!WITH_BUDGET.test(model)) {
      return { fields: { thinking: { type: 'adaptive' }, output_config: { effort } } };
    }
    if (maxOutputTokens <= SMALLEST_BUDGET) {
      throw new InferenceError(
        'PARAMETER_UNSUPPORTED',
        `Claude thinks only when it may write more than ${String(SMALLEST_BUDGET)} tokens.`,
        { param: 'reasoning' },
      );
    }
    const budget_tokens = Math.min(BUDGETS[effort], maxOutputTokens - 1);
    return { fields: { thinking: { type: 'enabled', budget_tokens } } };
  },
};
