import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OpenAiHarness } from '../../../test/support/openai-harness.js';
import { delta, DONE, sse } from '../../../test/support/scripted-provider.js';
import { collect } from '../collect.js';

let openai: OpenAiHarness;

beforeEach(async () => {
  openai = await OpenAiHarness.start();
});

afterEach(() => openai.close());

const USAGE = { prompt_tokens: 4, completion_tokens: 2, total_tokens: 6 };
const LAST = { id: 'chatcmpl-1', model: 'scripted-1', choices: [], usage: USAGE };
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const piece = (index: number, fields: object) => delta({ tool_calls: [{ index, ...fields }] });

describe('A stream', () => {
  it('is asked for with its usage', async () => {
    await collect(openai.stream(sse([delta({ content: 'x' }, 'stop'), DONE])));
    expect(openai.provider.lastRequest.body).toEqual({
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
    const answer = await collect(openai.stream(sse([...events, DONE], { headers })));
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
    const answer = await collect(
      openai.stream(sse([delta({ content: 'x' }), delta({}, 'length')])),
    );
    expect(answer).toMatchObject({ text: 'x', stopReason: 'length', usage: null });
  });

  it('shows reasoning under both names, as the first token', async () => {
    const answer = await collect(
      openai.stream(
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
    const answer = await collect(
      openai.stream(
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
    const answer = await collect(openai.stream({ headers, body }));
    expect(answer.text).toBe('é😀\u2028');
    expect(answer.raw).toEqual(events);
  });
});

// Another try, since a busy machine can delay either end.
describe('The times of a stream', { retry: 2 }, () => {
  const SLOW = sse([
    delta({ content: 'a' }),
    60,
    delta({ content: 'b' }),
    60,
    delta({ content: 'c' }, 'stop'),
    DONE,
  ]);

  it('are those of arrival', async () => {
    const { chunks, totalMs } = await collect(openai.stream(SLOW));
    const [a = NaN, b = NaN, c = NaN] = chunks.map(({ atMs }) => atMs);
    expect(b - a).toBeGreaterThan(45);
    expect(c - b).toBeGreaterThan(45);
    expect(totalMs).toBeGreaterThanOrEqual(c);
  });

  it('do not depend on how slowly the stream is read', async () => {
    const times: number[] = [];
    for await (const came of openai.stream(SLOW)) {
      times.push(...came.map(({ atMs }) => atMs));
      await pause(150);
    }
    expect((times[2] ?? NaN) - (times[0] ?? NaN)).toBeLessThan(220);
  });

  it('show a buffered stream as one arrival', async () => {
    const words = Array.from({ length: 30 }, (_, at) => delta({ content: `${String(at)} ` }));
    const whole = [...words, delta({}, 'stop')].map(
      (event) => `data: ${JSON.stringify(event)}\n\n`,
    );
    const { chunks } = await collect(openai.stream(sse([100, `${whole.join('')}${DONE}`])));
    expect(chunks).toHaveLength(31);
    expect((chunks.at(-1)?.atMs ?? NaN) - (chunks[0]?.atMs ?? NaN)).toBeLessThan(10);
  });
});
