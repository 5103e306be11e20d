const NUMBER = '[`\'"‘“(]?(\\d[\\d,]*)';

/** How providers name the limit that a request went over; the number is the limit. */
const PATTERNS = [
  // OpenAI and Azure, vLLM
  `\\bmaximum context length is ${NUMBER}`,
  `\\bsupports at most ${NUMBER}`,
  `\\bexpected a value <= ?${NUMBER}`,
  `\\bconfigured limit of ${NUMBER}`,
  // Groq
  `\\bless than or equal to ${NUMBER}`,
  // Bedrock
  `\\bexceeds the model limit of ${NUMBER}`,
  // Anthropic, on Bedrock too: "A > B, which is the maximum allowed", "A tokens > B maximum",
  // "A + B > C"
  `\\d(?: tokens)? > ${NUMBER}`,
  // llama.cpp
  `\\bavailable context size ${NUMBER}`,
  // Google
  `\\bmaximum number of tokens allowed ${NUMBER}`,
  // Mistral
  `\\bwith ${NUMBER} maximum context length\\b`,
  // Cohere
  `\\bcannot exceed ${NUMBER}`,
  `\\bat most ${NUMBER}`,
].map((pattern) => new RegExp(pattern, 'i'));

/** The limit, in tokens, that a rejection names as the one it enforces; null: it names none. */
export function limitIn(message: string): number | null {
  for (const pattern of PATTERNS) {
    const digits = pattern.exec(message)?.[1];
    if (digits === undefined) continue;
    const limit = Number(digits.replaceAll(',', ''));
    if (Number.isSafeInteger(limit) && limit > 0) return limit;
  }
  return null;
}
