import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, type AdapterHarness } from '../../../test/support/adapter-harness.js';
import { anthropicHarness, message, refusal } from '../../../test/support/anthropic-harness.js';
import { faultOf } from '../../../test/support/fault-of.js';
import { json } from '../../../test/support/scripted-provider.js';

let anthropic: AdapterHarness;

beforeAll(async () => {
  anthropic = await anthropicHarness();
});

afterAll(() => anthropic.close());

describe('A whole answer of Anthropic is read', () => {
  it('with what it said, and the payload untouched', async () => {
    const content = [
      { type: 'thinking', thinking: 'hm', signature: 'sig' },
      { type: 'text', text: 'Let me ', citations: null },
      { type: 'server_tool_use', id: 's1', name: 'web', input: {} },
      { type: 'text', text: 'see' },
      { type: 'tool_use', id: 't1', name: 'look', input: { a: [1, 'é'] } },
      { type: 'tool_use', name: 'bare' },
    ];
    const payload = message(content, 'tool_use', {
      usage: {
        input_tokens: 11,
        output_tokens: 7,
        cache_read_input_tokens: 100,
        cache_creation_input_tokens: 20,
        output_tokens_details: { thinking_tokens: 3 },
        inference_geo: 'us',
      },
    });
    const answer = await anthropic.invoke(json(payload, 200, { 'request-id': 'req_1' }));
    expect(answer).toEqual({
      text: 'Let me see',
      reasoning: 'hm',
      toolCalls: [
        { id: 't1', name: 'look', arguments: '{"a":[1,"é"]}' },
        { id: '', name: 'bare', arguments: '{}' },
      ],
      stopReason: 'tool_calls',
      usage: {
        inputTokens: 131,
        outputTokens: 7,
        totalTokens: null,
        reasoningTokens: 3,
        cachedInputTokens: 100,
        cacheWriteTokens: 20,
      },
      model: 'scripted-1',
      region: 'us',
      requestId: 'req_1',
      totalMs: expect.any(Number),
      replay: content,
      raw: payload,
    });
  });

  it('without a turn to replay where there was no thinking', async () => {
    const { replay } = await anthropic.invoke(json(message([{ type: 'text', text: 'hi' }])));
    expect(replay).toBeNull();
    const redacted = [{ type: 'redacted_thinking', data: 'x' }];
    expect((await anthropic.invoke(json(message(redacted)))).replay).toEqual(redacted);
  });

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['tool_use', 'tool_calls'],
    ['refusal', 'content_filter'],
    ['model_context_window_exceeded', 'context'],
    ['pause_turn', 'other'],
    [null, null],
  ])('stopped by %s as %s', async (said, stopReason) => {
    expect(await anthropic.invoke(json(message([], said)))).toMatchObject({ stopReason });
  });

  it('with nulls where it is silent or odd', async () => {
    const odd = { content: [], usage: { input_tokens: '11', output_tokens: null }, model: 7 };
    expect(await anthropic.invoke(json(odd))).toMatchObject({
      text: '',
      stopReason: null,
      usage: { inputTokens: null, outputTokens: null, cachedInputTokens: null },
      model: null,
      region: null,
      requestId: null,
    });
    const silent = message([], 'end_turn', { usage: null });
    expect((await anthropic.invoke(json(silent))).usage).toBeNull();
  });
});

describe('An answer of Anthropic that cannot be used fails', () => {
  const DEEP = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;

  it.each<[string, string, string]>([
    ['HTML with 200', '<html>Welcome</html>', 'INVALID_JSON'],
    ['cut JSON', '{"content":[{"ty', 'INVALID_JSON'],
    ['nothing', '', 'INVALID_JSON'],
    ['null', 'null', 'NO_CONTENT'],
    ['no content', '{"type":"message"}', 'NO_CONTENT'],
    ['content of a wrong type', '{"content":"hi"}', 'NO_CONTENT'],
    ['a block that is no object', '{"content":[5]}', 'INVALID_ANSWER'],
    ['text of a wrong type', '{"content":[{"type":"text","text":5}]}', 'INVALID_ANSWER'],
    [
      'thinking of a wrong type',
      '{"content":[{"type":"thinking","thinking":{}}]}',
      'INVALID_ANSWER',
    ],
    ['a tool call without a name', '{"content":[{"type":"tool_use"}]}', 'INVALID_ANSWER'],
    [
      'arguments without end',
      `{"content":[{"type":"tool_use","name":"x","input":${DEEP}}]}`,
      'INVALID_ANSWER',
    ],
  ])('as PROTOCOL_ERROR on %s', async (_, body, code) => {
    const fault = await faultOf(anthropic.invoke(json(body, 200, { 'request-id': 'r-9' })));
    expect(fault).toMatchObject({ category: 'PROTOCOL_ERROR', code, status: 200 });
    expect(fault.requestId).toBe('r-9');
  });

  it('with a sample that is bounded and holds no key', async () => {
    const fault = await faultOf(anthropic.invoke(json(`<p>${KEY}</p>${'x'.repeat(1_000_000)}`)));
    expect(fault.message).toContain('<p>[redacted]</p>');
    expect(fault.message.length).toBeLessThan(300);
  });

  it('as the error that a 200 wraps', async () => {
    const script = json(refusal('overloaded_error', 'Overloaded'));
    expect(await faultOf(anthropic.invoke(script))).toMatchObject({
      category: 'PROVIDER_ERROR',
      code: 'overloaded_error',
      status: 200,
    });
  });
});
