import type { ReasoningEffort } from './adapter.js';
import { InferenceError } from './inference-error.js';

/** The fields of Anthropic's own that switch thinking on, wherever a Claude is asked. */
export type ThinkingFields =
  | { thinking: { type: 'adaptive' }; output_config: { effort: ReasoningEffort } }
  | { thinking: { type: 'enabled'; budget_tokens: number } };

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

/** Its version stands before the family or after it: `claude-3-7-sonnet`, `claude-opus-4-1`. */
const VERSION = /\bclaude-(?:[a-z]+-)?v?(\d{1,2})(?:[.-](\d{1,2}))?(?!\d)/;

/**
 * The fields that switch a Claude's thinking on; null: the model does not think.
 *
 * @param modelId as Anthropic or Bedrock writes it
 * @param maxOutputTokens Infinity: no limit is sent
 * @throws InferenceError PARAMETER_UNSUPPORTED when the limit leaves no room for a budget
 */
export function thinkingFields(
  modelId: string,
  effort: ReasoningEffort,
  maxOutputTokens: number,
): ThinkingFields | null {
  const way = wayToThink(modelId);
  if (way === 'none') return null;
  if (way === 'adaptive') return { thinking: { type: 'adaptive' }, output_config: { effort } };
  return { thinking: { type: 'enabled', budget_tokens: budgetWithin(maxOutputTokens, effort) } };
}

/**
 * Claude 3.7 brought thinking with a budget, 4.6 thinking without one, and later models take no
 * other. What is no Claude but speaks Anthropic's protocol knows the older way.
 */
function wayToThink(modelId: string): 'adaptive' | 'budget' | 'none' {
  if (!/\bclaude-/.test(modelId)) return 'budget';
  const [, major, minor = '0'] = VERSION.exec(modelId) ?? [];
  if (major === undefined) return 'adaptive'; // a name without a number is newer than those
  const version = Number(major) * 100 + Number(minor);
  if (version < 307) return 'none';
  return version < 406 ? 'budget' : 'adaptive';
}

/** A budget counts as output. */
function budgetWithin(maxOutputTokens: number, effort: ReasoningEffort): number {
  if (maxOutputTokens <= SMALLEST_BUDGET) {
    throw new InferenceError(
      'PARAMETER_UNSUPPORTED',
      `Reasoning needs more than ${String(SMALLEST_BUDGET)} output tokens, not ${String(maxOutputTokens)}.`,
      { param: 'reasoning' },
    );
  }
  const room = Math.floor(maxOutputTokens * LARGEST_SHARE);
  return Math.max(SMALLEST_BUDGET, Math.min(BUDGETS[effort], room));
}
