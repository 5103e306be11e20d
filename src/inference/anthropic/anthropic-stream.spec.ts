import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AdapterHarness } from '../../../test/support/adapter-harness.js';
import {
  anthropicHarness,
  block,
  ending,
  event,
  message,
  refusal,
  START,
  STOP,
  textBlock,
} from '../../../test/support/anthropic-harness.js';
import { faultOf } from '../../../test/support/fault-of.js';
import { json, sse, type Script } from '../../../test/support/scripted-provider.js';
import { collect } from '../collect.js';

let anthropic: AdapterHarness;

beforeEach(async () => {
  anthropic = await anthropicHarness();
});

afterEach(() => anthropic.close());

const PING = event('ping');
const WORD = textBlock(['x']);

describe('A stream of Anthropic', () => {
  it('is put together from its events, and unknown ones say nothing', async () => {
    const usage = { input_tokens: 5, cache_read_input_tokens: 30, output_tokens: 1 };
    const start = event('message_start', { message: message([], null, { usage }) });
    const events = [start, PING, ...textBlock(['Hel', 'lo']), event('new_thing', { x: [1] })];
    const script = sse([...events, ending('max_tokens')], { headers: { 'request-id': 'req_2' } });
    const answer = await collect(anthropic.stream(script));
    expect(answer).toMatchObject({
      text: 'Hello',
      toolCalls: [],
      stopReason: 'length',
      usage: { inputTokens: 35, outputTokens: 7, totalTokens: null, cachedInputTokens: 30 },
      model: 'scripted-1',
      requestId: 'req_2',
      replay: null,
    });
    expect(answer.chunks.map(({ text }) => text).filter(Boolean)).toEqual(['Hel', 'lo']);
    expect(answer.chunks[0]).toMatchObject({ id: 'msg_1', role: 'assistant', model: 'scripted-1' });
    expect(answer.raw).toHaveLength(9);
    expect(answer.firstTokenMs).toBe(answer.chunks[3]?.atMs);
    expect(answer.totalMs).toBeGreaterThanOrEqual(answer.firstTokenMs ?? Infinity);
  });

  it('may lack usage and the names of its events', async () => {
    const bare = [
      { type: 'message_start', message: {} },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'a' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'b' } },
      { type: 'message_stop' },
    ];
    const started = performance.now();
    const answer = await collect(anthropic.stream(sse(bare, { ending: 'hang' })));
    expect(answer).toMatchObject({ text: 'ab', stopReason: null, usage: null, model: null });
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('keeps what thinking must be sent back with, and counts it as the first token', async () => {
    const thinking = block({ type: 'thinking', thinking: '', signature: '' }, [
      { type: 'thinking_delta', thinking: 'h' },
      { type: 'thinking_delta', thinking: 'm' },
      { type: 'signature_delta', signature: 'sig==' },
    ]);
    const hidden = block({ type: 'redacted_thinking', data: 'secret' }, [], 1);
    const call = block(
      { type: 'tool_use', id: 't1', name: 'look', input: {} },
      [
        { type: 'input_json_delta', partial_json: '' },
        { type: 'input_json_delta', partial_json: '{"a" ' },
        { type: 'input_json_delta', partial_json: ':1}' },
      ],
      3,
    );
    const text = textBlock(['so'], 2);
    const answer = await collect(
      anthropic.stream(sse([START, ...thinking, ...hidden, ...text, ...call, ending('tool_use')])),
    );
    expect(answer).toMatchObject({
      text: 'so',
      reasoning: 'hm',
      toolCalls: [{ id: 't1', name: 'look', arguments: '{"a" :1}' }],
      stopReason: 'tool_calls',
      firstTokenMs: answer.chunks[2]?.atMs,
    });
    expect(answer.replay).toEqual([
      { type: 'thinking', thinking: 'hm', signature: 'sig==' },
      { type: 'redacted_thinking', data: 'secret' },
      { type: 'text', text: 'so' },
      { type: 'tool_use', id: 't1', name: 'look', input: { a: 1 } },
    ]);
    const fragments = answer.chunks.flatMap(({ toolCalls }) => toolCalls);
    expect(fragments.map((piece) => piece.arguments).join('')).toBe('{"a" :1}');
    expect(fragments[0]).toEqual({ index: 3, id: 't1', name: 'look', arguments: '' });
  });

  it('calls a tool without arguments, or with those its block begins with', async () => {
    const none = block({ type: 'tool_use', id: 't1', name: 'now', input: {} }, []);
    const whole = block({ type: 'tool_use', id: 't2', name: 'look', input: { a: 1 } }, [], 1);
    const events = sse([START, ...none, ...whole, ending('tool_use')]);
    const { toolCalls } = await collect(anthropic.stream(events));
    expect(toolCalls.map((call) => call.arguments)).toEqual(['{}', '{"a":1}']);
  });
});

describe('A stream of Anthropic fails', () => {
  const delta = (fields: object): string =>
    event('content_block_delta', { index: 0, delta: fields });

  it.each<[string, Script, string]>([
    ['ends before message_stop', sse([START, ...WORD]), 'STREAM_INCOMPLETE'],
    ['ends after the reason to stop', sse([ending().replace(STOP, '')]), 'STREAM_INCOMPLETE'],
    ['holds broken JSON', sse([START, 'data: {"type"\n\n']), 'INVALID_JSON'],
    ['holds an event that is no object', sse(['data: 5\n\n']), 'INVALID_JSON'],
    [
      'begins a block that is none',
      sse([event('content_block_start', { index: 0 })]),
      'INVALID_ANSWER',
    ],
    ['holds a block without index', sse([event('content_block_start', {})]), 'INVALID_ANSWER'],
    ['adds to no block', sse([delta({ type: 'text_delta', text: 'x' })]), 'INVALID_ANSWER'],
    ['adds nothing', sse([...WORD, event('content_block_delta', { index: 0 })]), 'INVALID_ANSWER'],
    ['adds no text', sse([...WORD, delta({ type: 'text_delta', text: 5 })]), 'INVALID_ANSWER'],
    ['calls a tool without a name', sse(block({ type: 'tool_use' }, [])), 'INVALID_ANSWER'],
    ['is empty', sse([]), 'NOT_A_STREAM'],
    ['is HTML', { headers: { 'content-type': 'text/html' }, body: ['<p>'] }, 'NOT_A_STREAM'],
    ['is a whole answer', json(message([])), 'NOT_A_STREAM'],
  ])('when it %s', async (_, script, code) => {
    const fault = await faultOf(collect(anthropic.stream(script)));
    expect(fault).toMatchObject({ category: 'PROTOCOL_ERROR', code, status: 200 });
  });

  it('as the error that it wraps, in an event or in place of the stream', async () => {
    const error = refusal('overloaded_error', 'Overloaded');
    const within = sse([START, ...WORD, `event: error\ndata: ${JSON.stringify(error)}\n\n`]);
    for (const script of [within, json(error)]) {
      expect(await faultOf(collect(anthropic.stream(script)))).toMatchObject({
        category: 'PROVIDER_ERROR',
        code: 'overloaded_error',
        status: 200,
      });
    }
    expect(await faultOf(collect(anthropic.stream(json(error, 529))))).toMatchObject({
      status: 529,
    });
  });

  it('as NETWORK_ERROR when its connection is cut', async () => {
    const cut = sse([START, ...WORD, 30], { ending: 'cut' });
    expect((await faultOf(collect(anthropic.stream(cut)))).category).toBe('NETWORK_ERROR');
  });
});
