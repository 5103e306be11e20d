import type Anthropic from '@anthropic-ai/sdk';
import type { ReasoningEffort } from '../adapter.js';
import { InferenceError } from '../inference-error.js';

type Body = Anthropic.MessageCreateParams;

/** Tokens to think with, where a model takes a number. */
const BUDGETS: Readonly<Record<ReasoningEffort, number>> = {
  low: 1_024,
  medium: 4_096,
  high: 16_384,
};
/** The API takes no smaller budget. */
const SMALLEST_BUDGET = 1_024;
/** Share of the output limit that thinking may take, so that something is left for the answer. */
const LARGEST_SHARE = 0.75;

/** Models that decide themselves how long to think, and are told only how hard. */
const NO_NUMBER = /\bclaude-mythos-preview\b/;
const VERSION = /\bclaude-[a-z]+-(\d{1,2})(?:-(\d{1,2}))?(?!\d)/;

/**
 * The fields that switch thinking on. Claude 4.6 brought thinking without a budget (`adaptive`)
 * and later models take no other; older ones take only a budget, which counts as output.
 *
 * @throws InferenceError PARAMETER_UNSUPPORTED when the output limit leaves no room for a budget
 */
export function thinkingFields(
  effort: ReasoningEffort,
  maxTokens: number,
  modelId: string,
): Pick<Body, 'thinking' | 'output_config'> {
  if (isAdaptive(modelId)) return { thinking: { type: 'adaptive' }, output_config: { effort } };
  if (maxTokens <= SMALLEST_BUDGET) {
    throw new InferenceError(
      'PARAMETER_UNSUPPORTED',
      `Reasoning needs more than ${String(SMALLEST_BUDGET)} output tokens, not ${String(maxTokens)}.`,
      { param: 'reasoning' },
    );
  }
  const room = Math.floor(maxTokens * LARGEST_SHARE);
  const budget = Math.max(SMALLEST_BUDGET, Math.min(BUDGETS[effort], room));
  return { thinking: { type: 'enabled', budget_tokens: budget } };
}

function isAdaptive(modelId: string): boolean {
  const [, major = '0', minor = '0'] = VERSION.exec(modelId) ?? [];
  return NO_NUMBER.test(modelId) || Number(major) > 4 || (major === '4' && Number(minor) >= 6);
}
