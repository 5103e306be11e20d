import type { InferenceRequest, Message } from '../../inference/adapter.js';

/** What an English text comes to with the usual tokenizers. */
const CHARACTERS_PER_TOKEN = 4;
/** Providers count an image by its size: from about a hundred to 1,600. */
const TOKENS_PER_IMAGE = 1_000;
/** For a request that does not say how long its answer may be. */
const DEFAULT_OUTPUT_TOKENS = 1_000;

/** How many tokens a call will use, in and out, at a guess that is rather too high. */
export function estimateTokens(request: InferenceRequest): number {
  const { system = '', messages, tools = [], responseSchema, maxOutputTokens } = request;
  const sizes = messages.map(sizeOf);
  const characters =
    system.length +
    sizes.reduce((sum, size) => sum + size.characters, 0) +
    [...tools, ...(responseSchema ? [responseSchema] : [])].reduce(
      (sum, schema) => sum + JSON.stringify(schema).length,
      0,
    );
  return (
    Math.ceil(characters / CHARACTERS_PER_TOKEN) +
    sizes.reduce((sum, size) => sum + size.images, 0) * TOKENS_PER_IMAGE +
    (maxOutputTokens ?? DEFAULT_OUTPUT_TOKENS)
  );
}

function sizeOf(message: Message): { characters: number; images: number } {
  if (message.role === 'assistant') {
    const { text, toolCalls = [] } = message;
    const called = toolCalls.map(({ name, arguments: args }) => name + args).join('');
    return { characters: text.length + called.length, images: 0 };
  }
  const { content } = message;
  if (typeof content === 'string') return { characters: content.length, images: 0 };
  return content.reduce(
    ({ characters, images }, part) => ({
      characters: characters + (part.type === 'text' ? part.text.length : 0),
      images: images + (part.type === 'image' ? 1 : 0),
    }),
    { characters: 0, images: 0 },
  );
}
