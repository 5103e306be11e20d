/**
 * How providers say where a limit is, in the words of their messages. The first number group of a
 * pattern is the limit.
 */
const PATTERNS: readonly RegExp[] = [
  // Bedrock: "The maximum tokens you requested exceeds the model limit of 4096."
  /exceeds the model limit of (\d[\d,]*)/i,
  // Anthropic: "max_tokens: 9000 > 8192, which is the maximum allowed number of output tokens"
  /> ?(\d[\d,]*),? which is the maximum allowed/i,
  // Anthropic: "prompt is too long: 210000 tokens > 200000 maximum"
  /> ?(\d[\d,]*) maximum/i,
  // OpenAI and Azure: "max_tokens is too large: 9000. This model supports at most 4096 completion tokens"
  /supports at most (\d[\d,]*)/i,
  // OpenAI: "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens"
  /maximum context length is (\d[\d,]*)/i,
  // vLLM and others: "at most 4096 tokens", "must be less than or equal to 4096"
  /(?:at most|less than or equal to|no more than|maximum of|limit (?:is|of)) (\d[\d,]*)/i,
];

/** The limit that a refusal names, in tokens; null: it names none. */
export function limitIn(message: string): number | null {
  for (const pattern of PATTERNS) {
    const digits = pattern.exec(message)?.[1];
    if (digits) return Number(digits.replaceAll(',', ''));
  }
  return null;
}
