import { describe, expect, it } from 'vitest';

import { limitIn } from './limit-in.js';

describe('The limit a rejection names', () => {
  it.each([
    ['The maximum tokens you requested exceeds the model limit of 10000. Try again.', 10_000],
    ['max_tokens: 9000 > 8192, which is the maximum allowed number of output tokens', 8_192],
    ['prompt is too long: 200251 tokens > 200000 maximum', 200_000],
    ['input length and `max_tokens` exceed context limit: 190000 + 21333 > 200000', 200_000],
    [
      'max_tokens is too large: 9999. This model supports at most 4096 completion tokens, whereas you provided 9999.',
      4_096,
    ],
    [
      "This model's maximum context length is 128,000 tokens. However, you requested 130011 tokens (9 in the messages, 130002 in the completion).",
      128_000,
    ],
    [
      "'max_tokens' is too large: 5000. This model's maximum context length is 4096 tokens and your request has 20 input tokens (5000 > 4096 - 20).",
      4_096,
    ],
    ["Invalid 'max_tokens': Expected a value <= 16384, but got 16385 instead.", 16_384],
    ['`max_tokens` must be less than or equal to `8192`, the maximum value', 8_192],
    ['Input tokens exceed the configured limit of 272000 tokens.', 272_000],
    ['the request (5000 tokens) exceeds the available context size (4096 tokens)', 4_096],
    ['The input token count (9) exceeds the maximum number of tokens allowed (8).', 8],
    ['Prompt contains 40000 tokens, too large for model with 32768 maximum context length', 32_768],
    ['total number of tokens in the prompt cannot exceed 4081', 4_081],
    ['acme answered 400: max_tokens must be at most 2048', 2_048],
  ])('%s', (message, limit) => expect(limitIn(message)).toBe(limit));

  it.each([
    'acme answered 400: Input is too long for requested model.',
    'acme answered 413: Request Entity Too Large',
    'Input Tokens Exceeded: Number of input tokens exceeds maximum length.',
    'supports at most 0 tokens',
    `supports at most ${'9'.repeat(30)} tokens`,
  ])('is not made up: %s', (message) => expect(limitIn(message)).toBeNull());
});
