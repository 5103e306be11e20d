import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventStream } from '../../../test/support/aws-event-stream.js';
import { BedrockHarness, HELLO } from '../../../test/support/bedrock-harness.js';
import { faultOf } from '../../../test/support/fault-of.js';
import { json } from '../../../test/support/scripted-provider.js';
import type { InferenceRequest, StopReason } from '../adapter.js';
import { collect } from '../collect.js';

const COMMAND = { modelId: 'cohere.command-light-text-v14:7:4k' };
const JURASSIC = { modelId: 'ai21.j2-ultra-v1' };
const SAMPLING = { maxOutputTokens: 64, temperature: 0, topP: 0.5, stop: ['END'] } as const;
const COUNTS = {
  'x-amzn-bedrock-input-token-count': '4',
  'x-amzn-bedrock-output-token-count': '2',
};

let bedrock: BedrockHarness;

beforeEach(async () => {
  bedrock = await BedrockHarness.start();
});

afterEach(() => bedrock.close());

const generation = (text: unknown, finish_reason?: string) =>
  json({ generations: [{ text, finish_reason }] }, 200, COUNTS);
const completion = (text: unknown, reason: string) =>
  json({ completions: [{ data: { text }, finishReason: { reason } }] });
const chunk = (fields: object) => ({
  chunk: { bytes: Buffer.from(JSON.stringify(fields)).toString('base64') },
});

describe('A model that completes one prompt', () => {
  it('is asked in the form of Cohere', async () => {
    const answer = await bedrock.invoke(generation('hi', 'COMPLETE'), { at: COMMAND });
    expect(bedrock.provider.lastRequest.path).toMatch(/^\/model\/cohere[^/]+\/invoke$/);
    expect(bedrock.provider.lastRequest.body).toEqual({ prompt: 'hello' });
    expect(answer).toMatchObject({
      text: 'hi',
      stopReason: 'stop',
      usage: { inputTokens: 4, outputTokens: 2, totalTokens: null },
      raw: { generations: [{ text: 'hi' }] },
      replay: null,
    });
    await bedrock.invoke(generation('hi'), { at: COMMAND, request: { ...HELLO, ...SAMPLING } });
    expect(bedrock.provider.lastRequest.body).toEqual({
      prompt: 'hello',
      max_tokens: 64,
      temperature: 0,
      p: 0.5,
      stop_sequences: ['END'],
    });
  });

  it('is asked in the form of AI21', async () => {
    const request = { ...HELLO, ...SAMPLING };
    const answer = await bedrock.invoke(completion('hi', 'length'), { at: JURASSIC, request });
    expect(bedrock.provider.lastRequest.body).toEqual({
      prompt: 'hello',
      maxTokens: 64,
      temperature: 0,
      topP: 0.5,
      stopSequences: ['END'],
    });
    expect(answer).toMatchObject({ text: 'hi', stopReason: 'length', usage: null });
  });

  it.each<[string, StopReason]>([
    ['COMPLETE', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['ERROR_TOXIC', 'content_filter'],
    ['ERROR', 'other'],
  ])('stopped by %s', async (word, stopReason) => {
    const answer = await bedrock.invoke(generation('', word), { at: COMMAND });
    expect(answer.stopReason).toBe(stopReason);
  });

  it('streams', async () => {
    const metrics = { inputTokenCount: 4, outputTokenCount: 2 };
    const script = eventStream([
      chunk({ text: 'Hel', is_finished: false }),
      chunk({ text: 'lo', is_finished: false }),
      chunk({
        is_finished: true,
        finish_reason: 'COMPLETE',
        'amazon-bedrock-invocationMetrics': metrics,
      }),
    ]);
    const answer = await collect(bedrock.stream(script, { at: COMMAND }));
    expect(bedrock.provider.lastRequest.path).toMatch(/\/invoke-with-response-stream$/);
    expect(bedrock.provider.lastRequest.body).toEqual({ prompt: 'hello', stream: true });
    expect(answer).toMatchObject({
      text: 'Hello',
      stopReason: 'stop',
      usage: { inputTokens: 4, outputTokens: 2 },
      replay: null,
      raw: [{ text: 'Hel' }, { text: 'lo' }, { finish_reason: 'COMPLETE' }],
    });
  });

  it.each<[string, InferenceRequest]>([
    ['a second message', { messages: [...HELLO.messages, ...HELLO.messages] }],
    ['a system message', { ...HELLO, system: 'Be brief.' }],
    ['tools', { ...HELLO, tools: [{ name: 'a', description: 'b', parameters: {} }] }],
    ['a schema', { ...HELLO, responseSchema: { name: 'a', schema: {} } }],
    ['a turn of its own', { messages: [{ role: 'assistant', text: 'x' }] }],
    [
      'an image',
      {
        messages: [
          {
            role: 'user',
            content: [{ type: 'image', mediaType: 'image/png', data: new Uint8Array(3) }],
          },
        ],
      },
    ],
  ])('is not asked for %s', async (_, request) => {
    const fault = await faultOf(bedrock.invoke({}, { at: COMMAND, request }));
    expect(fault.category).toBe('CAPABILITY_UNSUPPORTED');
    expect(bedrock.provider.requests).toHaveLength(0);
  });

  it('is not asked to reason', async () => {
    const request = { ...HELLO, reasoning: 'low' } as const;
    const fault = await faultOf(bedrock.invoke({}, { at: COMMAND, request }));
    expect(fault).toMatchObject({ category: 'PARAMETER_UNSUPPORTED', param: 'reasoning' });
    expect(bedrock.provider.requests).toHaveLength(0);
  });

  it('is not asked for a stream where its vendor has none', async () => {
    const fault = await faultOf(collect(bedrock.stream({}, { at: JURASSIC })));
    expect(fault.category).toBe('CAPABILITY_UNSUPPORTED');
    expect(bedrock.provider.requests).toHaveLength(0);
  });

  it('is refused in another form', async () => {
    for (const script of [json({}), json({ generations: 5 }), generation(5)]) {
      const fault = await faultOf(bedrock.invoke(script, { at: COMMAND }));
      expect(fault).toMatchObject({ category: 'PROTOCOL_ERROR', code: 'INVALID_ANSWER' });
    }
    expect(await faultOf(bedrock.invoke(json('<p>'), { at: COMMAND }))).toMatchObject({
      code: 'INVALID_JSON',
    });
    const events = [chunk({ text: 5 }), { chunk: {} }, { chunk: { bytes: 'eA==' } }];
    for (const event of events) {
      const work = collect(bedrock.stream(eventStream([event]), { at: COMMAND }));
      expect(await faultOf(work)).toMatchObject({ code: 'INVALID_ANSWER' });
    }
  });
});
