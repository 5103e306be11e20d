import { describe, expect, it } from 'vitest';

import { validateInput } from '../../shared/http/validation.pipe.js';
import { InvocationInput } from './invocation-input.dto.js';
import { requestOf } from './invocation-request.js';
import { estimateTokens } from './token-estimate.js';

const NO_DEFAULTS = { customParams: null, defaultParams: null, maxOutputTokens: 1_000 };
const SCHEMA = { type: 'object', properties: { a: { type: 'string' } } };
const IMAGE = { type: 'image', mediaType: 'image/png', data: 'iVBORw0KGgo=' };

async function request(body: object, defaults: Partial<typeof NO_DEFAULTS> | object = {}) {
  const input = await validateInput(InvocationInput, { prompt: 'hello', ...body });
  return requestOf(input, { ...NO_DEFAULTS, ...defaults });
}

describe('what is asked of a provider', () => {
  it('is nothing but what was said', async () => {
    expect(await request({})).toEqual({
      messages: [{ role: 'user', content: 'hello' }],
    });
  });

  it('is all that was said', async () => {
    const said = {
      system: 'Be brief.',
      tools: [{ name: 'f', description: 'F.', parameters: SCHEMA }],
      toolChoice: { name: 'f' },
      responseSchema: { name: 'r', schema: SCHEMA },
      stop: ['END'],
      temperature: 0,
      topP: 0.5,
      maxOutputTokens: 10,
      reasoning: 'low',
      timeoutMs: 5_000,
    };
    expect(await request(said)).toMatchObject(said);
  });

  it('is an image as bytes, and a single text as text', async () => {
    const { messages } = await request({
      prompt: undefined,
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'See:' }, IMAGE] },
        { role: 'user', content: [{ type: 'text', text: 'Well?' }] },
      ],
    });
    expect(messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'See:' },
          { type: 'image', mediaType: 'image/png', data: Buffer.from(IMAGE.data, 'base64') },
        ],
      },
      { role: 'user', content: 'Well?' },
    ]);
  });

  it('is no choice of tools where there are none', async () => {
    expect(await request({ toolChoice: 'auto' })).not.toHaveProperty('toolChoice');
  });

  it('takes what is left out from the deployment, then from the model', async () => {
    const defaultParams = {
      temperature: 0.1,
      topP: 0.2,
      maxTokens: 300,
      stopSequences: ['A'],
      reasoning: 'low',
      topK: 5,
      extra: { safe: true },
    };
    const customParams = { temperature: 0.4, maxTokens: 2_000, reasoning: 'high' };
    const stored = await request({ topP: 0 }, { defaultParams, customParams });
    expect(stored).toEqual({
      messages: [{ role: 'user', content: 'hello' }],
      temperature: 0.4,
      topP: 0,
      maxOutputTokens: 1_000, // what the model can do
      stop: ['A'],
      reasoning: 'high',
    });
    const said = { temperature: 1, topP: 1, maxOutputTokens: 7, stop: [], reasoning: 'medium' };
    expect(await request(said, { defaultParams, customParams })).toMatchObject(said);
  });
});

describe('the estimate of tokens', () => {
  it.each([
    ['a quarter of the characters, rounded up', { maxOutputTokens: 5 }, 2 + 5],
    ['a thousand for an answer of any length', {}, 2 + 1_000],
    ['all texts together', { system: 'x'.repeat(395), maxOutputTokens: 1 }, 100 + 1],
    [
      'tools and schemas as JSON',
      {
        tools: [{ name: 'f', parameters: SCHEMA }],
        responseSchema: { schema: SCHEMA },
        maxOutputTokens: 1,
      },
      Math.ceil(
        (5 +
          JSON.stringify({ name: 'f', description: '', parameters: SCHEMA }).length +
          JSON.stringify({ name: 'answer', schema: SCHEMA }).length) /
          4,
      ) + 1,
    ],
    [
      'a thousand for an image, whatever its bytes',
      {
        prompt: undefined,
        messages: [
          { role: 'user', content: [{ type: 'text', text: '1234' }, IMAGE] },
          {
            role: 'assistant',
            content: '1234',
            toolCalls: [{ id: 'i', name: 'ab', arguments: '{}' }],
          },
          { role: 'tool', toolCallId: 'i', content: '1234' },
        ],
        maxOutputTokens: 1,
      },
      1_000 + 4 + 1,
    ],
  ])('counts %s', async (_, body, expected) => {
    expect(estimateTokens(await request(body))).toBe(expected);
  });
});
