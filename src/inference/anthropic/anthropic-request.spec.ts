import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HELLO, type AdapterHarness } from '../../../test/support/adapter-harness.js';
import { anthropicHarness, message } from '../../../test/support/anthropic-harness.js';
import { faultOf } from '../../../test/support/fault-of.js';
import { json } from '../../../test/support/scripted-provider.js';
import type { InferenceRequest, ToolChoice, ToolDefinition } from '../adapter.js';

const TOOL: ToolDefinition = {
  name: 'look',
  description: 'Looks.',
  parameters: { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] },
};

let anthropic: AdapterHarness;

beforeAll(async () => {
  anthropic = await anthropicHarness();
});

afterAll(() => anthropic.close());

async function sent(request: Partial<InferenceRequest>, modelId = 'm-1'): Promise<unknown> {
  const script = json(message([]));
  await anthropic.invoke(script, { request: { ...HELLO, ...request }, at: { modelId } });
  return anthropic.provider.lastRequest.body;
}

describe('A request to Anthropic holds', () => {
  it('system, images, marks of the cache, tool calls and results', async () => {
    const body = await sent({
      system: 'Be brief.',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'cache_point' },
            { type: 'text', text: 'See' },
            { type: 'image', mediaType: 'image/png', data: Uint8Array.of(1, 2, 3) },
            { type: 'cache_point' },
            { type: 'text', text: 'Now?' },
          ],
        },
        {
          role: 'assistant',
          text: '',
          toolCalls: [
            { id: 'c1', name: 'look', arguments: '{"a":1}' },
            { id: 'c2', name: 'look', arguments: '' },
            { id: 'c3', name: 'look', arguments: '{"a"' },
          ],
        },
        { role: 'tool', toolCallId: 'c1', content: 'seen' },
        { role: 'tool', toolCallId: 'c2', content: '' },
        { role: 'assistant', text: 'Good.', toolCalls: [{ id: 'c4', name: 'x', arguments: '{}' }] },
        { role: 'tool', toolCallId: 'c4', content: 'done' },
        { role: 'user', content: 'Thanks' },
        { role: 'assistant', text: 'Fine.' },
      ],
    });
    expect(body).toEqual({
      model: 'm-1',
      max_tokens: 4096,
      system: 'Be brief.',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'See' },
            {
              type: 'image',
              source: { type: 'base64', media_type: 'image/png', data: 'AQID' },
              cache_control: { type: 'ephemeral' },
            },
            { type: 'text', text: 'Now?' },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'tool_use', id: 'c1', name: 'look', input: { a: 1 } },
            { type: 'tool_use', id: 'c2', name: 'look', input: {} },
            { type: 'tool_use', id: 'c3', name: 'look', input: { INVALID_JSON: '{"a"' } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'c1', content: 'seen' },
            { type: 'tool_result', tool_use_id: 'c2', content: '' },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'Good.' },
            { type: 'tool_use', id: 'c4', name: 'x', input: {} },
          ],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c4', content: 'done' }] },
        { role: 'user', content: 'Thanks' },
        { role: 'assistant', content: 'Fine.' },
      ],
    });
  });

  it('every setting under its own name', async () => {
    const schema = { type: 'object', properties: {}, additionalProperties: false };
    const body = await sent({
      tools: [TOOL],
      toolChoice: 'auto',
      responseSchema: { name: 'receipt', schema },
      stop: ['END'],
      temperature: 0,
      topP: 0.5,
      maxOutputTokens: 64,
      outputLimitParameter: 'max_completion_tokens',
    });
    expect(body).toEqual({
      model: 'm-1',
      max_tokens: 64,
      messages: [{ role: 'user', content: 'hello' }],
      tools: [{ name: 'look', description: 'Looks.', input_schema: TOOL.parameters }],
      tool_choice: { type: 'auto' },
      output_config: { format: { type: 'json_schema', schema } },
      stop_sequences: ['END'],
      temperature: 0,
      top_p: 0.5,
    });
  });

  it.each<[ToolChoice, object]>([
    ['required', { type: 'any' }],
    ['none', { type: 'none' }],
    [{ name: 'look' }, { type: 'tool', name: 'look' }],
  ])('the choice of tools %j', async (toolChoice, expected) => {
    expect(await sent({ tools: [TOOL], toolChoice })).toMatchObject({ tool_choice: expected });
  });

  it('a turn with thinking exactly as it was answered', async () => {
    const replay = [
      { type: 'thinking', thinking: 'hm', signature: 's1==', odd: 1 },
      { type: 'redacted_thinking', data: 'x' },
      { type: 'tool_use', id: 'c1', name: 'look', input: { b: 2, a: 1 } },
    ];
    const answered = await anthropic.invoke(json(message(replay, 'tool_use')));
    const turn = { role: 'assistant', text: 'changed', replay: answered.replay } as const;
    const body = await sent({ messages: [...HELLO.messages, turn] });
    expect(JSON.stringify(body)).toContain(JSON.stringify({ role: 'assistant', content: replay }));
  });

  it('text where the turn to replay is that of another provider', async () => {
    const turn = { role: 'assistant', text: 'said', replay: { content: 5 } } as const;
    expect(await sent({ messages: [turn] })).toMatchObject({
      messages: [{ role: 'assistant', content: 'said' }],
    });
  });
});

describe('Reasoning', () => {
  it.each([
    ['low', 32_000, 1_024],
    ['medium', 32_000, 4_096],
    ['high', 32_000, 16_384],
    ['medium', undefined, 3_072],
    ['high', 2_000, 1_500],
    ['low', 1_025, 1_024],
  ] as const)('%s within %s tokens may use %s', async (reasoning, maxOutputTokens, budget) => {
    const body = await sent({
      reasoning,
      ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    });
    expect(body).toMatchObject({ thinking: { type: 'enabled', budget_tokens: budget } });
    expect(body).not.toHaveProperty('output_config');
  });

  it('without room is refused before anything is asked', async () => {
    const asked = anthropic.provider.requests.length;
    const request = { ...HELLO, reasoning: 'low', maxOutputTokens: 1_024 } as const;
    expect(await faultOf(anthropic.invoke(json(message([])), { request }))).toMatchObject({
      category: 'PARAMETER_UNSUPPORTED',
      param: 'reasoning',
    });
    expect(anthropic.provider.requests).toHaveLength(asked);
  });

  it.each([
    'claude-2.1',
    'claude-instant-1.2',
    'claude-3-haiku-20240307',
    'claude-3-5-sonnet-latest',
    'anthropic/claude-3.5-haiku',
  ])('is not asked of %s, which has none', async (modelId) => {
    const asked = anthropic.provider.requests.length;
    const request = { ...HELLO, reasoning: 'low' } as const;
    const fault = await faultOf(anthropic.invoke(json(message([])), { request, at: { modelId } }));
    expect(fault).toMatchObject({ category: 'PARAMETER_UNSUPPORTED', param: 'reasoning' });
    expect(anthropic.provider.requests).toHaveLength(asked);
  });

  it.each([
    'claude-opus-4-6',
    'claude-sonnet-4-6-20260101',
    'claude-opus-5',
    'claude-haiku-5-5',
    'claude-mythos-preview',
  ])('has no budget with %s', async (modelId) => {
    const schema = { type: 'object' };
    const request = { reasoning: 'low', maxOutputTokens: 100 } as const;
    const body = await sent({ ...request, responseSchema: { name: 'n', schema } }, modelId);
    expect(body).toMatchObject({
      thinking: { type: 'adaptive' },
      output_config: { effort: 'low', format: { type: 'json_schema', schema } },
    });
  });

  it.each([
    'claude-sonnet-4-20250514',
    'claude-opus-4@20250514',
    'claude-opus-4-1-20250805',
    'claude-3-7-sonnet-20250219',
    'anthropic/claude-3.7-sonnet',
    'some-model-4-6',
  ])('has a budget with %s', async (modelId) => {
    expect(await sent({ reasoning: 'low' }, modelId)).toMatchObject({
      thinking: { type: 'enabled', budget_tokens: 1_024 },
    });
  });
});
