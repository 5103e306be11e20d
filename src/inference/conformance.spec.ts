import { LLMock } from '@copilotkit/aimock';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { HELLO } from '../../test/support/adapter-harness.js';
import { Bench, WAYS } from '../../test/support/conformance/bench.js';
import { VOICES } from '../../test/support/conformance/index.js';
import { COMMON, MEANINGS, PROTOCOL } from '../../test/support/conformance/meanings.js';
import { faultOf } from '../../test/support/fault-of.js';
import { json } from '../../test/support/scripted-provider.js';
import type { InferenceRequest, StreamedAnswer, ToolDefinition } from './adapter.js';
import { Adapters } from './adapters.js';
import { collect } from './collect.js';
import { Egress } from './egress.js';

const TOOL: ToolDefinition = {
  name: 'look',
  description: 'Looks.',
  parameters: { type: 'object', properties: { place: { type: 'string' } } },
};
const CALL = { id: 'call_1', name: 'look', arguments: '{"place":"there"}' };
const WITH_TOOLS: InferenceRequest = { ...HELLO, tools: [TOOL] };
const TEXT = 'one two three four five six seven eight';
describe.each(VOICES)('$name', (voice) => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await Bench.start(voice);
  });

  afterEach(() => bench.close());

  describe.each(WAYS)('%s', (way) => {
    it('answers with text, once', async () => {
      const headers = { [voice.requestIdHeader]: 'req-7' };
      const answer = await bench.ask(way, bench.says(way, { text: TEXT }, headers), {
        request: WITH_TOOLS,
      });
      expect(answer).toMatchObject({
        text: TEXT,
        reasoning: '',
        toolCalls: [],
        stopReason: 'stop',
        usage: { inputTokens: 11, outputTokens: 7, reasoningTokens: null },
        requestId: 'req-7',
        replay: null,
      });
      expect(bench.provider.requests).toMatchObject([{ method: 'POST', path: voice.paths[way] }]);
    });

    it('answers with a tool call', async () => {
      const script = bench.says(way, { text: 'Let me', toolCall: CALL });
      const answer = await bench.ask(way, script, { request: WITH_TOOLS });
      expect(answer).toMatchObject({
        text: 'Let me',
        toolCalls: [CALL],
        stopReason: 'tool_calls',
      });
    });

    it('leaves a tool call that is only written as text what it is', async () => {
      const text = `<tool_call>{"name": "look", "arguments": {"place": "there"}}</tool_call>`;
      const answer = await bench.ask(way, bench.says(way, { text }), { request: WITH_TOOLS });
      expect(answer).toMatchObject({ text, toolCalls: [], stopReason: 'stop' });
    });

    it('answers without usage where there is none', async () => {
      const { text, usage } = await bench.ask(way, bench.says(way, { text: TEXT, usage: false }));
      expect({ text, usage }).toEqual({ text: TEXT, usage: null });
    });

    describe.each(voice.refusals)('refused with $status $code: $words', (refusal) => {
      it(`means ${refusal.means}`, async () => {
        const words = `${refusal.words} (${voice.secrets.join(' ')})`;
        const headers = { [voice.requestIdHeader]: 'req-7' };
        const error = await bench.fault(way, voice.refuse({ ...refusal, words }, headers));
        expect(error).toMatchObject({
          ...MEANINGS[refusal.means],
          status: refusal.status,
          code: refusal.code,
          requestId: 'req-7',
          retryAfterMs: undefined,
        });
        expect(error.message).toContain(refusal.words);
      });

      it('keeps how long to wait', async () => {
        const error = await bench.fault(way, voice.refuse(refusal, { 'retry-after': '7' }));
        expect(error).toMatchObject({ ...MEANINGS[refusal.means], retryAfterMs: 7_000 });
      });
    });

    it.each(['{"cut', '[]', 'null', '5', '"text"', '', '<html>Welcome</html>'])(
      'breaks the protocol with %j',
      async (body) => {
        expect(await bench.fault(way, json(body))).toMatchObject({ ...PROTOCOL, status: 200 });
      },
    );

    it('breaks the protocol with too large an answer', async () => {
      const script = bench.says(way, { text: 'x'.repeat(9_000_000) });
      expect(await bench.fault(way, script)).toMatchObject({
        ...PROTOCOL,
        code: 'RESPONSE_TOO_LARGE',
      });
    });

    it('is not followed elsewhere', async () => {
      const redirect = { status: 307, headers: { location: 'https://elsewhere.example/v1' } };
      expect(await bench.fault(way, redirect)).toMatchObject({
        category: 'CONFIGURATION_ERROR',
        status: 307,
      });
    });

    // Another try, since a busy machine can delay either end.
    it('is left at once when it hangs', { retry: 2 }, async () => {
      const stop = new AbortController();
      const work = faultOf(bench.ask(way, { silent: true }, { signal: stop.signal }));
      await vi.waitFor(() => expect(bench.provider.requests).toHaveLength(1));
      const abortedAt = performance.now();
      stop.abort();
      expect((await work).category).toBe('CANCELLED');
      expect(performance.now() - abortedAt).toBeLessThan(100);
      expect((await bench.provider.lastRequest.closed) - abortedAt).toBeLessThan(100);
      expect(bench.provider.requests).toHaveLength(1);
    });
  });

  describe('a stream', () => {
    it('has its first token after what comes before all output', async () => {
      const { headers, events, stop } = voice.stream({ text: TEXT });
      const body = [...voice.preamble, 60, ...events, ...stop];
      const answer = await collect(bench.harness.stream({ headers, body }));
      const first = answer.chunks.find(({ text }) => text !== '');
      expect(answer).toMatchObject({ text: TEXT, firstTokenMs: first?.atMs });
      expect(answer.firstTokenMs).toBeGreaterThan(50);
      expect(answer.chunks.length).toBeGreaterThanOrEqual(8);
      expect(answer.totalMs).toBeGreaterThanOrEqual(answer.chunks.at(-1)?.atMs ?? Infinity);
    });

    it('shows its pace, and a buffered one none', { retry: 2 }, async () => {
      const { headers, events, stop } = voice.stream({ text: TEXT });
      const paced = { headers, body: [...events.flatMap((piece) => [piece, 20]), ...stop] };
      expect(spread(await collect(bench.harness.stream(paced)))).toBeGreaterThan(100);
      const all = Buffer.concat([...events, ...stop].map((piece) => Buffer.from(piece)));
      const buffered = await collect(bench.harness.stream({ headers, body: [60, all] }));
      expect(buffered.text).toBe(TEXT);
      expect(spread(buffered)).toBeLessThan(10);
    });

    it('that ends before the model has stopped is incomplete', async () => {
      const { headers, events } = voice.stream({ text: TEXT });
      const error = await bench.fault('streamed', { headers, body: events });
      expect(error).toMatchObject({ ...PROTOCOL, code: 'STREAM_INCOMPLETE', status: 200 });
    });

    it('whose connection is cut is a fault of the network', async () => {
      const { headers, events } = voice.stream({ text: TEXT });
      const cut = { headers, body: [...events, 30], ending: 'cut' } as const;
      expect(await bench.fault('streamed', cut)).toMatchObject({
        category: 'NETWORK_ERROR',
        severity: 'MEDIUM',
        retryClass: 'transient',
      });
    });

    it('with an event that cannot be read breaks the protocol', async () => {
      const { headers, events, stop } = voice.stream({ text: TEXT });
      const body = [...events, voice.garbled, ...stop];
      expect(await bench.fault('streamed', { headers, body })).toMatchObject({
        ...PROTOCOL,
        status: 200,
      });
    });

    it.each(['signal', 'break'])('is left at once by %s', { retry: 2 }, async (by) => {
      const { headers, events } = voice.stream({ text: TEXT });
      const stop = new AbortController();
      let leftAt = NaN;
      const reading = async (): Promise<void> => {
        const script = { headers, body: events, ending: 'hang' } as const;
        for await (const came of bench.harness.stream(script, { signal: stop.signal })) {
          if (!came.some(({ text }) => text.endsWith('eight'))) continue;
          leftAt = performance.now();
          if (by === 'break') break;
          stop.abort();
        }
      };
      if (by === 'break') await reading();
      else expect((await faultOf(reading())).category).toBe('CANCELLED');
      expect(performance.now() - leftAt).toBeLessThan(100);
      expect((await bench.provider.lastRequest.closed) - leftAt).toBeLessThan(100);
    });
  });

  it('can word every refusal that all protocols know', () => {
    const worded = new Set(voice.refusals.map(({ means }) => means));
    expect(COMMON.filter((means) => !worded.has(means))).toEqual([]);
  });
});

/** A simulator that we did not write, so that our idea of a protocol is not its own judge. */
describe('A simulator that speaks with the voice of', () => {
  const mock = new LLMock({ port: 0 });
  const egress = new Egress({ allowPrivate: true });
  const adapters = new Adapters(egress);
  const { signal } = new AbortController();
  const tokens = { prompt_tokens: 9, completion_tokens: 3, input_tokens: 9, output_tokens: 3 };

  beforeAll(async () => {
    await mock.start();
    mock.onMessage('hello', { content: 'falcon 4821', usage: { ...tokens, total_tokens: 12 } });
    mock.onMessage('Look', { toolCalls: [CALL] });
  });

  afterAll(async () => {
    await egress.close();
    await mock.stop();
  });

  it.each(VOICES)('$name is understood, by the adapter $kind', async (voice) => {
    const target = voice.target(mock.url);
    const adapter = await adapters.for(target).load();
    expect(adapter.kind).toBe(voice.kind);
    const look = { messages: [{ role: 'user', content: 'Look' }], tools: [TOOL] } as const;
    for (const ask of [
      (request: InferenceRequest) => adapter.invoke(target, request, signal),
      (request: InferenceRequest) => collect(adapter.stream(target, request, signal)),
    ]) {
      expect(await ask(HELLO)).toMatchObject({
        text: 'falcon 4821',
        stopReason: 'stop',
        usage: { inputTokens: 9, outputTokens: 3 },
      });
      const { toolCalls, stopReason } = await ask(look);
      expect(toolCalls).toMatchObject([{ name: 'look', arguments: CALL.arguments }]);
      expect(stopReason).toBe('tool_calls');
    }
  });
});

/** Between the first text and the last, in milliseconds. */
function spread({ chunks }: StreamedAnswer): number {
  const times = chunks.filter(({ text }) => text !== '').map(({ atMs }) => atMs);
  return (times.at(-1) ?? NaN) - (times[0] ?? NaN);
}
