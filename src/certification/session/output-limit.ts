import type { InferenceAnswer } from '../../inference/adapter.js';
import type { CapabilitiesDto } from '../../models/capabilities.dto.js';
import { showsReasoning, withoutThinking } from './thinking.js';

/** Enough for what a probe asks a model that does not think. */
export const DEFAULT_OUTPUT_TOKENS = 256;
const REASONING_OUTPUT_TOKENS = 4_096;
/** OpenAI's GPT-5 family refuses less. */
export const LEAST_OUTPUT_TOKENS = 16;
/** Code of the fault when a model thought until nothing was left for its answer. */
export const SPENT_ON_REASONING = 'BUDGET_CONSUMED_BY_REASONING';

/**
 * Output tokens a request of `wanted` tokens asks for: more where the model reasons, never more than
 * it declares, and never less than providers accept.
 */
export function outputBudget(
  { reasoning, maxOutputTokens }: CapabilitiesDto,
  wanted = DEFAULT_OUTPUT_TOKENS,
): number {
  const generous = reasoning ? Math.max(wanted, REASONING_OUTPUT_TOKENS) : wanted;
  return Math.max(LEAST_OUTPUT_TOKENS, Math.min(generous, maxOutputTokens));
}

/** Whether a model thought until nothing was left for its answer. */
export function isSpentOnReasoning(answer: InferenceAnswer): boolean {
  const { text, stopReason, toolCalls } = answer;
  const nothing = withoutThinking(text).text.trim() === '' && toolCalls.length === 0;
  return nothing && stopReason === 'length' && showsReasoning(answer);
}
