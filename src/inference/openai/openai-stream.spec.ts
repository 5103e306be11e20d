import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  delta,
  DONE,
  json,
  ScriptedProvider,
  sse,
  type Script,
} from '../../../test/support/scripted-provider.js';
import type { InferenceRequest, StreamChunk, StreamedAnswer } from '../adapter.js';
import { collect } from '../collect.js';
import { Egress } from '../egress.js';
import { InferenceError } from '../inference-error.js';
import { OpenAiAdapter } from './openai.adapter.js';

const HELLO: InferenceRequest = { messages: [{ role: 'user', content: 'hello' }] };
const USAGE = { prompt_tokens: 4, completion_tokens: 2, total_tokens: 6 };
const LAST = { id: 'chatcmpl-1', model: 'scripted-1', choices: [], usage: USAGE };
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let provider: ScriptedProvider;
let egress: Egress;

beforeEach(async () => {
  provider = await ScriptedProvider.start();
  egress = new Egress({ allowPrivate: true, timeouts: { firstByteMs: 150, totalMs: 1_000 } });
});

afterEach(async () => {
  await egress.close();
  await provider.close();
});

function open(
  script: Script,
  signal = new AbortController().signal,
  request = HELLO,
): AsyncGenerator<StreamChunk, StreamedAnswer> {
  provider.script = script;
  const { url: baseUrl } = provider;
  return new OpenAiAdapter(egress).stream(
    {
      providerSlug: 'acme',
      authType: null,
      baseUrl,
      apiKey: 'canary-key',
      modelId: 'm-1',
      region: 'global',
    },
    request,
    signal,
  );
}

async function faultOf(work: Promise<unknown>): Promise<InferenceError> {
  const error: unknown = await work.then(
    () => new Error('It did not fail.'),
    (reason: unknown) => reason,
  );
  if (error instanceof InferenceError) return error;
  throw error;
}

const faultFor = (script: Script): Promise<InferenceError> => faultOf(collect(open(script)));

describe('A stream', () => {
  it('is asked for with its usage', async () => {
    await collect(open(sse([delta({ content: 'x' }, 'stop'), DONE])));
    expect(provider.lastRequest.body).toEqual({
      model: 'm-1',
      messages: [{ role: 'user', content: 'hello' }],
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('is put together from a first event without choices to a last with the usage', async () => {
    const events = [
      { choices: [], prompt_filter_results: [{ prompt_index: 0 }] },
      delta({ role: 'assistant', content: '' }),
      delta({ content: 'Hel', role: null }),
      delta({ content: 'lo', refusal: null, tool_calls: null }),
      delta({}, 'stop', { usage: null }),
      LAST,
    ];
    const headers = { 'apim-request-id': 'r-2', 'x-ms-region': 'Sweden' };
    const answer = await collect(open(sse([...events, DONE], { headers })));
    expect(answer).toMatchObject({
      text: 'Hello',
      toolCalls: [],
      stopReason: 'stop',
      usage: { inputTokens: 4, outputTokens: 2, totalTokens: 6, reasoningTokens: null },
      model: 'scripted-1',
      region: 'Sweden',
      requestId: 'r-2',
      raw: events,
    });
    expect(answer.chunks.map(({ text }) => text)).toEqual(['', '', 'Hel', 'lo', '', '']);
    expect(answer.chunks.map(({ role }) => role).filter(Boolean)).toEqual(['assistant']);
    expect(answer.firstTokenMs).toBe(answer.chunks[2]?.atMs);
    expect(answer.totalMs).toBeGreaterThanOrEqual(answer.firstTokenMs ?? Infinity);
  });

  it('may lack usage, [DONE] and a role', async () => {
    const answer = await collect(open(sse([delta({ content: 'x' }), delta({}, 'length')])));
    expect(answer).toMatchObject({ text: 'x', stopReason: 'length', usage: null });
  });

  it('shows reasoning under both names, as the first token', async () => {
    const answer = await collect(
      open(
        sse([
          delta({ role: 'assistant' }),
          delta({ reasoning_content: 'hm' }),
          delta({ reasoning: 'so' }),
          delta({ content: '7' }, 'stop'),
          DONE,
        ]),
      ),
    );
    expect(answer.chunks.map(({ reasoning }) => reasoning)).toEqual(['', 'hm', 'so', '']);
    expect(answer.firstTokenMs).toBe(answer.chunks[1]?.atMs);
    expect(answer.text).toBe('7');
  });

  it('joins fragments of tool calls by their index', async () => {
    const piece = (index: number, fields: object) => delta({ tool_calls: [{ index, ...fields }] });
    const answer = await collect(
      open(
        sse([
          piece(1, { id: 'b', type: 'function', function: { name: 'two', arguments: '' } }),
          piece(0, { id: 'a', function: { name: 'one', arguments: '{"n"' } }),
          piece(1, { id: null, function: { arguments: '{}' } }),
          piece(0, { function: { name: null, arguments: ':1}' } }),
          delta({}, 'tool_calls'),
          DONE,
        ]),
      ),
    );
    expect(answer.toolCalls).toEqual([
      { id: 'a', name: 'one', arguments: '{"n":1}' },
      { id: 'b', name: 'two', arguments: '{}' },
    ]);
    expect(answer.stopReason).toBe('tool_calls');
  });

  it('reads the same in single bytes, with CRLF, comments and half characters', async () => {
    const events = [delta({ content: 'é😀' }), delta({ content: '\u2028' }, 'stop')];
    const text = events.map((event) => `: ping\r\n\r\ndata: ${JSON.stringify(event)}\r\n\r\n`);
    const all = Buffer.from(`${text.join('')}data: [DONE]\r\n\r\n`);
    const headers = { 'content-type': 'text/event-stream; charset=utf-8' };
    const body = Array.from(all, (byte) => Uint8Array.of(byte));
    const answer = await collect(open({ headers, body }));
    expect(answer.text).toBe('é😀\u2028');
    expect(answer.raw).toEqual(events);
  });
});

describe('The times of a stream', () => {
  const SLOW = sse([
    delta({ content: 'a' }),
    60,
    delta({ content: 'b' }),
    60,
    delta({ content: 'c' }, 'stop'),
    DONE,
  ]);

  it('are those of arrival', async () => {
    const { chunks, totalMs } = await collect(open(SLOW));
    const [a = NaN, b = NaN, c = NaN] = chunks.map(({ atMs }) => atMs);
    expect(b - a).toBeGreaterThan(45);
    expect(c - b).toBeGreaterThan(45);
    expect(totalMs).toBeGreaterThanOrEqual(c);
  });

  it('do not depend on how slowly the stream is read', async () => {
    const times: number[] = [];
    for await (const { atMs } of open(SLOW)) {
      times.push(atMs);
      await pause(150);
    }
    expect((times[2] ?? NaN) - (times[0] ?? NaN)).toBeLessThan(220);
  });

  it('show a buffered stream as one arrival', async () => {
    const words = Array.from({ length: 30 }, (_, at) => delta({ content: `${String(at)} ` }));
    const whole = [...words, delta({}, 'stop')].map(
      (event) => `data: ${JSON.stringify(event)}\n\n`,
    );
    const { chunks } = await collect(open(sse([100, `${whole.join('')}${DONE}`])));
    expect(chunks).toHaveLength(31);
    expect((chunks.at(-1)?.atMs ?? NaN) - (chunks[0]?.atMs ?? NaN)).toBeLessThan(10);
  });
});

describe('A stream fails', () => {
  const WORD = delta({ content: 'x' });

  it.each<[string, Script, string]>([
    ['ends before the model stopped', sse([WORD]), 'STREAM_INCOMPLETE'],
    ['ends with [DONE] alone', sse([WORD, DONE]), 'STREAM_INCOMPLETE'],
    ['ends within its last event', sse([WORD, 'data: {"choices":[{"fin']), 'STREAM_INCOMPLETE'],
    ['holds broken JSON', sse([WORD, 'data: {"choices"\n\n']), 'INVALID_JSON'],
    ['holds an event that is no object', sse([WORD, 'data: 5\n\n']), 'INVALID_JSON'],
    ['holds text of a wrong type', sse([delta({ content: 5 })]), 'INVALID_ANSWER'],
    ['calls a tool without a name', sse([delta({ tool_calls: [{}] }, 'stop')]), 'INVALID_ANSWER'],
    ['is empty', sse([]), 'NOT_A_STREAM'],
    ['is HTML', { headers: { 'content-type': 'text/html' }, body: ['<p>'] }, 'NOT_A_STREAM'],
    ['is a whole answer', json({ choices: [{ message: {} }] }), 'NOT_A_STREAM'],
  ])('when it %s', async (_, script, code) => {
    const fault = await faultFor(script);
    expect(fault).toMatchObject({ category: 'PROTOCOL_ERROR', code, status: 200 });
  });

  it('as the error that it wraps, in an event or in place of the stream', async () => {
    const error = { error: { message: 'Busy', code: 'rate_limit_exceeded' } };
    expect(await faultFor(sse([WORD, error]))).toMatchObject({ category: 'RATE_LIMIT' });
    expect(await faultFor(json(error))).toMatchObject({ category: 'RATE_LIMIT', status: 200 });
    expect(await faultFor(json(error, 503))).toMatchObject({ category: 'RATE_LIMIT', status: 503 });
  });

  it('without printing what the provider sent', async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    await faultFor(sse(['event: thread.run\ndata: {canary\n\n']));
    expect(printed).not.toHaveBeenCalled();
    printed.mockRestore();
  });

  it('as NETWORK_ERROR when its connection is cut', async () => {
    const fault = await faultFor(sse([WORD, 30], { ending: 'cut' }));
    expect(fault.category).toBe('NETWORK_ERROR');
  });

  it('as TIMEOUT when headers or the rest do not come', async () => {
    const none = await faultFor({ silent: true });
    expect(none).toMatchObject({ category: 'TIMEOUT', code: 'FIRST_BYTE_TIMEOUT' });
    const hanging = sse([WORD], { ending: 'hang' });
    const request = { ...HELLO, timeoutMs: 120 };
    const fault = await faultOf(collect(open(hanging, new AbortController().signal, request)));
    expect(fault).toMatchObject({ category: 'TIMEOUT', code: 'TOTAL_TIMEOUT' });
  });

  it('when it does not end, at the limit of size or of events', async () => {
    const big = sse([`data: ${JSON.stringify(delta({ content: 'x'.repeat(9_000_000) }))}\n\n`]);
    expect(await faultFor(big)).toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
    const many = sse(['data: {}\n\n'.repeat(150_000)], { ending: 'hang' });
    expect(await faultFor(many)).toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
  });
});

describe('Leaving a stream', () => {
  const ENDLESS = sse([delta({ content: 'a' }), 20, delta({ content: 'b' })], { ending: 'hang' });

  it('by the signal fails as CANCELLED and closes the connection at once', async () => {
    const stop = new AbortController();
    let abortedAt = NaN;
    const reading = async (): Promise<void> => {
      for await (const { text } of open(ENDLESS, stop.signal)) {
        if (text !== 'b') continue;
        abortedAt = performance.now();
        stop.abort();
      }
    };
    expect((await faultOf(reading())).category).toBe('CANCELLED');
    expect((await provider.lastRequest.closed) - abortedAt).toBeLessThan(100);
  });

  it('by a break closes the connection at once', async () => {
    let leftAt = NaN;
    for await (const chunk of open(ENDLESS)) {
      leftAt = performance.now();
      if (chunk.text === 'a') break;
    }
    expect((await provider.lastRequest.closed) - leftAt).toBeLessThan(100);
  });

  it('after [DONE] waits for nothing, and keeps the connection of a provider that ends', async () => {
    const whole = [delta({ content: 'x' }, 'stop'), DONE];
    const started = performance.now();
    await collect(open(sse(whole, { ending: 'hang' })));
    expect(performance.now() - started).toBeLessThan(300);
    const { connections } = provider;
    for (let call = 0; call < 10; call++) await collect(open(sse(whole)));
    expect(provider.connections - connections).toBeLessThanOrEqual(2);
  });
});
