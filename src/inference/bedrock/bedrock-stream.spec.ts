import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { event, eventStream } from '../../../test/support/aws-event-stream.js';
import { BedrockHarness, HELLO, SONNET } from '../../../test/support/bedrock-harness.js';
import { collect } from '../collect.js';

let bedrock: BedrockHarness;

beforeEach(async () => {
  bedrock = await BedrockHarness.start();
});

afterEach(() => bedrock.close());

const START = { messageStart: { role: 'assistant' } };
const STOP = { messageStop: { stopReason: 'end_turn' } };
const LAST = {
  metadata: {
    usage: { inputTokens: 4, outputTokens: 2, totalTokens: 7, cacheReadInputTokens: 1 },
    metrics: { latencyMs: 3 },
  },
};
const delta = (fields: object, contentBlockIndex = 0) => ({
  contentBlockDelta: { delta: fields, contentBlockIndex },
});
const begin = (start: object, contentBlockIndex = 0) => ({
  contentBlockStart: { start, contentBlockIndex },
});
const end = (contentBlockIndex = 0) => ({ contentBlockStop: { contentBlockIndex } });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('A stream', () => {
  it('is asked for as a whole answer is', async () => {
    await collect(bedrock.stream(eventStream([START, STOP])));
    const { path, body, headers } = bedrock.provider.lastRequest;
    expect(path).toBe(`/model/${SONNET.replace(':', '%3A')}/converse-stream`);
    expect(body).toEqual({ messages: [{ role: 'user', content: [{ text: 'hello' }] }] });
    expect(headers.authorization).toContain('canary-id-31337');
  });

  it('is put together', async () => {
    const events = [
      START,
      begin({}),
      delta({ text: 'Hel' }),
      delta({ text: 'lo' }),
      end(),
      STOP,
      LAST,
    ];
    const headers = { 'x-amzn-requestid': 'r-2' };
    const answer = await collect(bedrock.stream(eventStream(events, { headers })));
    expect(answer).toMatchObject({
      text: 'Hello',
      reasoning: '',
      toolCalls: [],
      stopReason: 'stop',
      usage: { inputTokens: 5, outputTokens: 2, totalTokens: 7, cachedInputTokens: 1 },
      model: null,
      region: null,
      requestId: 'r-2',
      replay: null,
    });
    expect(answer.raw).toEqual(events);
    const { chunks } = answer;
    expect(chunks.map(({ text }) => text)).toEqual(['', '', 'Hel', 'lo', '', '', '']);
    expect(chunks.map(({ role }) => role).filter(Boolean)).toEqual(['assistant']);
    expect(chunks.map(({ stopReason }) => stopReason).filter(Boolean)).toEqual(['stop']);
    expect(chunks.every(({ id }) => id === null)).toBe(true);
    expect(answer.firstTokenMs).toBe(chunks[2]?.atMs);
    expect(answer.totalMs).toBeGreaterThanOrEqual(answer.firstTokenMs ?? Infinity);
  });

  it('may lack usage and a known stop reason', async () => {
    const odd = { messageStop: { stopReason: 'something_new' } };
    const answer = await collect(bedrock.stream(eventStream([delta({ text: 'x' }), odd])));
    expect(answer).toMatchObject({ text: 'x', stopReason: 'other', usage: null });
    const none = { messageStop: {} };
    const silent = await collect(bedrock.stream(eventStream([delta({ text: 'x' }), none])));
    expect(silent.stopReason).toBe('other');
  });

  it('joins the pieces of tool calls', async () => {
    const answer = await collect(
      bedrock.stream(
        eventStream([
          START,
          begin({ toolUse: { toolUseId: 'a', name: 'one' } }, 1),
          delta({ toolUse: { input: '{"n"' } }, 1),
          delta({ toolUse: { input: ':1}' } }, 1),
          end(1),
          begin({ toolUse: { toolUseId: 'b', name: 'two' } }, 2),
          delta({ toolUse: { input: '' } }, 2),
          { messageStop: { stopReason: 'tool_use' } },
        ]),
      ),
    );
    expect(answer.toolCalls).toEqual([
      { id: 'a', name: 'one', arguments: '{"n":1}' },
      { id: 'b', name: 'two', arguments: '' },
    ]);
    expect(answer.stopReason).toBe('tool_calls');
    expect(answer.firstTokenMs).toBe(answer.chunks[1]?.atMs);
  });

  it('that reasons can be sent back as a whole answer', async () => {
    const { text, reasoning, toolCalls, replay } = await collect(
      bedrock.stream(
        eventStream([
          START,
          delta({ reasoningContent: { text: 'h' } }),
          delta({ reasoningContent: { text: 'm' } }),
          delta({ reasoningContent: { signature: 'c2ln' } }),
          end(),
          delta({ reasoningContent: { redactedContent: 'AQID' } }, 1),
          delta({ text: 'So' }, 2),
          begin({ toolUse: { toolUseId: 'a', name: 'one' } }, 3),
          delta({ toolUse: { input: '{"n":1}' } }, 3),
          { messageStop: { stopReason: 'tool_use' } },
        ]),
      ),
    );
    expect([text, reasoning]).toEqual(['So', 'hm']);
    const turn = { role: 'assistant', text, toolCalls, replay } as const;
    const result = { role: 'tool', toolCallId: 'a', content: 'seen' } as const;
    const request = { messages: [...HELLO.messages, turn, result] };
    await collect(bedrock.stream(eventStream([STOP]), { request }));
    const content = [
      { reasoningContent: { reasoningText: { text: 'hm', signature: 'c2ln' } } },
      { reasoningContent: { redactedContent: 'AQID' } },
      { text: 'So' },
      { toolUse: { toolUseId: 'a', name: 'one', input: { n: 1 } } },
    ];
    expect(bedrock.provider.lastRequest.body).toMatchObject({ messages: [{}, { content }, {}] });
  });

  it('reads the same in single bytes, and skips events it does not know', async () => {
    const events = [delta({ text: 'é😀' }), { somethingNew: { a: 1 } }, STOP];
    const all = Buffer.concat(events.map((fields) => event(fields)));
    const bytes = Array.from(all, (byte) => Uint8Array.of(byte));
    const answer = await collect(bedrock.stream(eventStream(bytes)));
    expect(answer.text).toBe('é😀');
    expect(answer.chunks).toHaveLength(2);
  });
});

// Another try, since a busy machine can delay either end.
describe('The times of a stream', { retry: 2 }, () => {
  const SLOW = eventStream([
    START,
    delta({ text: 'a' }),
    60,
    delta({ text: 'b' }),
    60,
    delta({ text: 'c' }),
    STOP,
  ]);
  const timesOf = (chunks: readonly { readonly text: string; readonly atMs: number }[]) =>
    chunks.filter(({ text }) => text !== '').map(({ atMs }) => atMs);

  it('are those of arrival', async () => {
    const { chunks, totalMs } = await collect(bedrock.stream(SLOW));
    const [a = NaN, b = NaN, c = NaN] = timesOf(chunks);
    expect(b - a).toBeGreaterThan(45);
    expect(c - b).toBeGreaterThan(45);
    expect(totalMs).toBeGreaterThanOrEqual(c);
  });

  it('do not depend on how slowly the stream is read', async () => {
    const chunks = [];
    for await (const came of bedrock.stream(SLOW)) {
      chunks.push(...came);
      await pause(200);
    }
    const [a = NaN, , c = NaN] = timesOf(chunks);
    expect(c - a).toBeLessThan(220);
  });

  it('show a buffered stream as one arrival', async () => {
    const words = Array.from({ length: 30 }, (_, at) => delta({ text: `${String(at)} ` }));
    const whole = Buffer.concat([...words, STOP].map((fields) => event(fields)));
    const { chunks } = await collect(bedrock.stream(eventStream([100, whole])));
    expect(chunks).toHaveLength(31);
    expect((chunks.at(-1)?.atMs ?? NaN) - (chunks[0]?.atMs ?? NaN)).toBeLessThan(10);
  });
});
