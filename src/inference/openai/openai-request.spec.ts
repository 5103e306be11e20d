import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HELLO, OpenAiHarness } from '../../../test/support/openai-harness.js';
import { completion, delta, DONE, json, sse } from '../../../test/support/scripted-provider.js';
import type { InferenceRequest, ToolChoice } from '../adapter.js';
import { collect } from '../collect.js';

const USAGE = { include_usage: true };
const OK = json(completion({ content: 'hi' }));

let openai: OpenAiHarness;

beforeEach(async () => {
  openai = await OpenAiHarness.start();
});

afterEach(() => openai.close());

describe('A request is written', () => {
  it.each<[ToolChoice, unknown]>([
    ['auto', 'auto'],
    ['none', 'none'],
    [{ name: 'look' }, { type: 'function', function: { name: 'look' } }],
  ])('with the tool choice %o', async (toolChoice, sent) => {
    await openai.invoke(OK, { request: { ...HELLO, toolChoice, stop: [] } });
    expect(openai.provider.lastRequest.body).toEqual({
      model: 'm-1',
      messages: [{ role: 'user', content: 'hello' }],
      tool_choice: sent,
    });
  });

  it.each<[string, object]>([
    ['openai', { max_completion_tokens: 9, reasoning_effort: 'high', stream_options: USAGE }],
    ['acme', { max_tokens: 9, reasoning_effort: 'high', stream_options: USAGE }],
    ['mistral', { max_tokens: 9, reasoning_effort: 'high' }],
    ['openrouter', { max_tokens: 9, reasoning: { effort: 'high' }, stream_options: USAGE }],
    [
      'vllm-lab',
      {
        max_tokens: 9,
        reasoning_effort: 'high',
        chat_template_kwargs: { thinking: true, enable_thinking: true },
        stream_options: USAGE,
      },
    ],
  ])('a stream of %s in its dialect', async (providerSlug, sent) => {
    const request: InferenceRequest = { ...HELLO, maxOutputTokens: 9, reasoning: 'high' };
    const script = sse([delta({ content: 'x' }, 'stop'), DONE]);
    await collect(openai.stream(script, { request, at: { providerSlug } }));
    expect(openai.provider.lastRequest.body).toEqual({
      model: 'm-1',
      messages: [{ role: 'user', content: 'hello' }],
      stream: true,
      ...sent,
    });
  });
});
