import type { InferenceRequest } from '../../inference/adapter.js';
import { sizeOf } from '../../inference/request-size.js';

/** What an English text comes to with the usual tokenizers. */
const CHARACTERS_PER_TOKEN = 4;
/** Providers count an image by its size: from about a hundred to 1,600. */
const TOKENS_PER_IMAGE = 1_000;
/** For a request that does not say how long its answer may be. */
const DEFAULT_OUTPUT_TOKENS = 1_000;

/** How many tokens a call will use, in and out, at a guess that is rather too high. */
export function estimateTokens(request: InferenceRequest): number {
  const { characters, images } = sizeOf(request);
  return (
    Math.ceil(characters / CHARACTERS_PER_TOKEN) +
    images * TOKENS_PER_IMAGE +
    (request.maxOutputTokens ?? DEFAULT_OUTPUT_TOKENS)
  );
}
