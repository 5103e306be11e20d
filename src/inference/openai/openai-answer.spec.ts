import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faultOf } from '../../../test/support/fault-of.js';
import { KEY, OpenAiHarness } from '../../../test/support/openai-harness.js';
import { completion, json } from '../../../test/support/scripted-provider.js';

let openai: OpenAiHarness;

beforeEach(async () => {
  openai = await OpenAiHarness.start();
});

afterEach(() => openai.close());

describe('A whole answer is read', () => {
  it('with what the provider said, and the payload untouched', async () => {
    const payload = completion({ content: 'hi' }, 'stop', {
      usage: {
        prompt_tokens: 11,
        completion_tokens: 7,
        total_tokens: 18,
        completion_tokens_details: { reasoning_tokens: 3 },
        prompt_tokens_details: { cached_tokens: 5 },
      },
    });
    const answer = await openai.invoke(
      json(payload, 200, { 'x-request-id': 'r-1', 'x-ms-region': 'West US' }),
    );
    expect(answer).toEqual({
      text: 'hi',
      reasoning: '',
      replay: null,
      toolCalls: [],
      stopReason: 'stop',
      usage: {
        inputTokens: 11,
        outputTokens: 7,
        totalTokens: 18,
        reasoningTokens: 3,
        cachedInputTokens: 5,
        cacheWriteTokens: null,
      },
      model: 'scripted-1',
      region: 'West US',
      requestId: 'r-1',
      totalMs: expect.any(Number),
      raw: payload,
    });
  });

  it('with tool calls, their arguments as written', async () => {
    const call = { id: 'c1', type: 'function', function: { name: 'look', arguments: '{"a": 1' } };
    const bare = { function: { name: 'look' } };
    const { text, toolCalls, stopReason } = await openai.invoke(
      json(completion({ content: null, tool_calls: [call, bare] }, 'tool_calls')),
    );
    expect({ text, toolCalls, stopReason }).toEqual({
      text: '',
      toolCalls: [
        { id: 'c1', name: 'look', arguments: '{"a": 1' },
        { id: '', name: 'look', arguments: '' },
      ],
      stopReason: 'tool_calls',
    });
  });

  it('with nulls where the provider is silent or odd', async () => {
    const odd = {
      choices: [{ message: { content: [{ type: 'text', text: 'pa' }, 5, { text: 'no' }] } }],
      usage: { prompt_tokens: '11', total_tokens: null },
      model: 7,
    };
    expect(await openai.invoke(json(odd))).toMatchObject({
      text: 'pa',
      stopReason: null,
      usage: { inputTokens: null, outputTokens: null, totalTokens: null },
      model: null,
      region: null,
      requestId: null,
    });
    const strange = completion({ content: 'x' }, 'bored', { usage: null });
    const answer = await openai.invoke(json(strange));
    expect(answer).toMatchObject({ stopReason: 'other', usage: null });
  });

  it.each([
    ['stop', 'stop'],
    ['eos', 'stop'],
    ['length', 'length'],
    ['model_length', 'context'],
    ['tool_calls', 'tool_calls'],
    ['function_call', 'tool_calls'],
    ['content_filter', 'content_filter'],
    ['insufficient_system_resource', 'other'],
    ['', null],
  ])('with the stop reason %s as %s', async (word, stopReason) => {
    const { stopReason: read } = await openai.invoke(json(completion({ content: 'x' }, word)));
    expect(read).toBe(stopReason);
  });

  it.each<[string, object]>([
    ['vLLM, formerly', { reasoning_content: 'hm', content: '7' }],
    ['vLLM and Ollama', { reasoning: 'hm', content: '7' }],
    ['a server that changes over', { reasoning_content: '', reasoning: 'hm', content: '7' }],
    [
      'Mistral',
      {
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }, 5] },
          { type: 'text', text: '7' },
        ],
      },
    ],
  ])('with the reasoning of %s', async (_, message) => {
    const { text, reasoning } = await openai.invoke(json(completion(message)));
    expect({ text, reasoning }).toEqual({ text: '7', reasoning: 'hm' });
  });

  it.each<[string, object]>([
    ['OpenAI', { prompt_tokens_details: { cached_tokens: 5 }, cached_tokens: 9 }],
    ['DeepSeek', { prompt_cache_hit_tokens: 5, prompt_cache_miss_tokens: 6 }],
    ['Moonshot', { cached_tokens: 5 }],
  ])('with what %s read from its cache', async (_, usage) => {
    const answer = await openai.invoke(json(completion({ content: 'x' }, 'stop', { usage })));
    expect(answer.usage?.cachedInputTokens).toBe(5);
  });

  it.each([
    ['apart from the answer', 9, 103],
    ['with the answer', 103, 103],
  ])('whose thoughts are counted %s, all of them output', async (_, counted, outputTokens) => {
    const usage = {
      ...{ prompt_tokens: 32, completion_tokens: counted, total_tokens: 135 },
      completion_tokens_details: { reasoning_tokens: 94 },
    };
    const answer = await openai.invoke(json(completion({ content: 'x' }, 'stop', { usage })));
    expect(answer.usage).toMatchObject({ outputTokens, reasoningTokens: 94, totalTokens: 135 });
  });

  it('without letting the payload reach a prototype', async () => {
    const hostile =
      '{"__proto__":{"polluted":1},"choices":[{"message":{"__proto__":{"content":"x"}}}]}';
    expect((await openai.invoke(json(hostile))).text).toBe('');
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('An answer that cannot be used fails', () => {
  it.each<[string, string, string]>([
    ['HTML with 200', '<html>Welcome</html>', 'INVALID_JSON'],
    ['cut JSON', '{"choices":[{"mess', 'INVALID_JSON'],
    ['NaN', '{"choices":NaN}', 'INVALID_JSON'],
    ['nothing', '', 'INVALID_JSON'],
    ['null', 'null', 'NO_CHOICES'],
    ['no choices', '{"id":"x"}', 'NO_CHOICES'],
    ['null choices', '{"choices":null}', 'NO_CHOICES'],
    ['empty choices', '{"choices":[]}', 'NO_CHOICES'],
    ['a choice without message', '{"choices":[{}]}', 'INVALID_ANSWER'],
    ['content of a wrong type', '{"choices":[{"message":{"content":5}}]}', 'INVALID_ANSWER'],
    ['tool calls of a wrong type', '{"choices":[{"message":{"tool_calls":5}}]}', 'INVALID_ANSWER'],
    [
      'arguments of a wrong type',
      '{"choices":[{"message":{"tool_calls":[{"function":{"name":"x","arguments":{}}}]}}]}',
      'INVALID_ANSWER',
    ],
    [
      'a tool call without a name',
      '{"choices":[{"message":{"tool_calls":[{"id":"c"}]}}]}',
      'INVALID_ANSWER',
    ],
  ])('as PROTOCOL_ERROR on %s', async (_, body, code) => {
    const fault = await faultOf(openai.invoke(json(body, 200, { 'x-request-id': 'r-9' })));
    expect(fault).toMatchObject({ category: 'PROTOCOL_ERROR', code, status: 200 });
    expect(fault.requestId).toBe('r-9');
    expect(fault.message).toMatch(/^acme /);
  });

  it('with a sample that is bounded and holds no key', async () => {
    const fault = await faultOf(openai.invoke(json(`<p>${KEY}</p>${'x'.repeat(1_000_000)}`)));
    expect(fault.message).toContain('<p>[redacted]</p>');
    expect(fault.message.length).toBeLessThan(300);
  });

  it('as the error that a 200 wraps', async () => {
    const error = { error: { message: 'Upstream is busy', code: 429 } };
    expect(await faultOf(openai.invoke(json(error)))).toMatchObject({
      category: 'RATE_LIMIT',
      status: 200,
    });
    const choice = { choices: [{ error: { message: 'died', code: 502 }, finish_reason: 'error' }] };
    expect(await faultOf(openai.invoke(json(choice)))).toMatchObject({
      category: 'PROVIDER_ERROR',
    });
  });
});
