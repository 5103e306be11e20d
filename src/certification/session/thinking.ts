import type { InferenceAnswer } from '../../inference/adapter.js';

const BLOCK = /<(think|thinking|reasoning)>[\s\S]*?(<\/\1>|$)/gi;

/** The answer without reasoning that leaked into its text. */
export function withoutThinking(text: string): { text: string; leaked: boolean } {
  const visible = text.replace(BLOCK, '');
  return { text: visible, leaked: visible !== text };
}

/**
 * Whether anything shows that the model thought: reasoning text, tokens, a signed block (`replay`)
 * whose text the provider keeps, or reasoning that leaked into the text.
 */
export function showsReasoning({ text, reasoning, usage, replay }: InferenceAnswer): boolean {
  return (
    reasoning.trim() !== '' ||
    (usage?.reasoningTokens ?? 0) > 0 ||
    replay !== null ||
    withoutThinking(text).leaked
  );
}
