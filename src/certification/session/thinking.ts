const BLOCK = /<(think|thinking|reasoning)>[\s\S]*?(<\/\1>|$)/gi;

/** The answer without reasoning that leaked into its text. */
export function withoutThinking(text: string): { text: string; leaked: boolean } {
  const visible = text.replace(BLOCK, '');
  return { text: visible, leaked: visible !== text };
}
