import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  event,
  eventStream,
  exception,
  frame,
  refusal,
} from '../../../test/support/aws-event-stream.js';
import { BedrockHarness, HELLO } from '../../../test/support/bedrock-harness.js';
import { faultOf } from '../../../test/support/fault-of.js';
import { json, type Script } from '../../../test/support/scripted-provider.js';
import { collect } from '../collect.js';
import type { ErrorCategory, InferenceError } from '../inference-error.js';

let bedrock: BedrockHarness;

beforeEach(async () => {
  bedrock = await BedrockHarness.start();
});

afterEach(() => bedrock.close());

const faultFor = (script: Script): Promise<InferenceError> =>
  faultOf(collect(bedrock.stream(script)));

const text = (word: unknown) => ({
  contentBlockDelta: { delta: { text: word }, contentBlockIndex: 0 },
});
const WORD = text('x');
const STOP = { messageStop: { stopReason: 'end_turn' } };
const NAMELESS = {
  contentBlockStart: { start: { toolUse: { toolUseId: 'a' } }, contentBlockIndex: 0 },
};
const broken = (): Uint8Array => {
  const bytes = event(WORD);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return bytes;
};
const JSON_EVENT = { 'event-type': 'messageStop', 'message-type': 'event' };

describe('A stream fails', () => {
  it.each<[string, Script, string]>([
    ['ends before the model stopped', eventStream([WORD]), 'STREAM_INCOMPLETE'],
    ['ends within an event', eventStream([WORD, event(STOP).subarray(0, 40)]), 'STREAM_INCOMPLETE'],
    [
      'ends within its first event',
      eventStream([event(STOP).subarray(0, 40)]),
      'STREAM_INCOMPLETE',
    ],
    ['is empty', eventStream([]), 'STREAM_INCOMPLETE'],
    ['holds a broken event', eventStream([WORD, broken(), STOP]), 'INVALID_EVENT'],
    ['begins with a broken event', eventStream([broken(), STOP]), 'INVALID_EVENT'],
    [
      'holds an event that is no JSON',
      eventStream([WORD, frame(JSON_EVENT, '{"sto')]),
      'INVALID_EVENT',
    ],
    ['holds a frame without headers', eventStream([WORD, frame({})]), 'INVALID_EVENT'],
    ['holds a frame of no length', eventStream([WORD, new Uint8Array(16)]), 'INVALID_EVENT'],
    [
      'announces a frame too large',
      eventStream([WORD, Uint8Array.of(255, 255, 255, 255, 1)]),
      'STREAM_INCOMPLETE',
    ],
    ['holds text of a wrong type', eventStream([text(5), STOP]), 'INVALID_ANSWER'],
    ['calls a tool without a name', eventStream([NAMELESS, STOP]), 'INVALID_ANSWER'],
    ['is HTML', { headers: { 'content-type': 'text/html' }, body: ['<p>'] }, 'NOT_A_STREAM'],
    ['is a whole answer', json({ output: {} }), 'NOT_A_STREAM'],
  ])('when it %s', async (_, script, code) => {
    const fault = await faultFor(script);
    expect(fault).toMatchObject({ category: 'PROTOCOL_ERROR', code, status: 200 });
  });

  it.each<[string, ErrorCategory]>([
    ['modelStreamErrorException', 'PROVIDER_ERROR'],
    ['internalServerException', 'PROVIDER_ERROR'],
    ['serviceUnavailableException', 'PROVIDER_ERROR'],
    ['modelTimeoutException', 'TIMEOUT'],
    ['throttlingException', 'RATE_LIMIT'],
    ['validationException', 'UNKNOWN_ERROR'],
    ['somethingNewException', 'UNKNOWN_ERROR'],
  ])('as %s within it says: %s', async (name, category) => {
    for (const before of [[], [WORD]]) {
      const fault = await faultFor(
        eventStream([...before, exception({ [name]: { message: 'Oh.' } })]),
      );
      expect(fault).toMatchObject({ category, status: 200, message: 'acme answered 200: Oh.' });
      expect(fault.code?.toLowerCase()).toBe(name.toLowerCase());
    }
  });

  it('with what the model said, and with an error that has no exception', async () => {
    const model = {
      message: 'It failed.',
      originalMessage: 'Out of memory',
      originalStatusCode: 500,
    };
    const fault = await faultFor(
      eventStream([WORD, exception({ modelStreamErrorException: model })]),
    );
    expect(fault.message).toBe('acme answered 200: It failed. Out of memory');
    const bare = {
      'message-type': 'error',
      'error-code': 'InternalFailure',
      'error-message': 'Oh.',
    };
    expect(await faultFor(eventStream([WORD, frame(bare)]))).toMatchObject({
      category: 'PROVIDER_ERROR',
      code: 'InternalFailure',
      message: 'acme answered 200: Oh.',
    });
  });

  it('as the refusal that came in its place, after one request', async () => {
    const fault = await faultFor(refusal('ThrottlingException', 'Too many tokens per day', 429));
    expect(fault).toMatchObject({ category: 'QUOTA_EXHAUSTED', status: 429, requestId: 'req-7' });
    expect(await faultFor(json('<p>', 502))).toMatchObject({ category: 'PROVIDER_ERROR' });
    expect(bedrock.provider.requests).toHaveLength(2);
  });

  it('as NETWORK_ERROR when its connection is cut, word for word', async () => {
    for (const before of [[WORD, 30], [30]]) {
      const fault = await faultFor(eventStream(before, { ending: 'cut' }));
      expect(fault.category).toBe('NETWORK_ERROR');
      expect(fault.message).toMatch(/^127\.0\.0\.1:\d+ [a-z ]+ \(\w+\)\.$/);
    }
  });

  it('as TIMEOUT when headers or the rest do not come', async () => {
    const impatient = await BedrockHarness.start({ firstByteMs: 100 });
    const none = await faultOf(collect(impatient.stream({ silent: true })));
    expect(none).toMatchObject({ category: 'TIMEOUT', code: 'FIRST_BYTE_TIMEOUT' });
    await impatient.close();
    const request = { ...HELLO, timeoutMs: 120 };
    for (const before of [[], [WORD]]) {
      const hanging = eventStream(before, { ending: 'hang' });
      const fault = await faultOf(collect(bedrock.stream(hanging, { request })));
      expect(fault).toMatchObject({ category: 'TIMEOUT', code: 'TOTAL_TIMEOUT' });
    }
  });

  it('when it does not end, at the limit of size', async () => {
    const big = eventStream([text('x'.repeat(9_000_000))]);
    expect(await faultFor(big)).toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
  });
});

describe('Leaving a stream', { retry: 2 }, () => {
  const ENDLESS = eventStream([text('a'), 20, text('b')], { ending: 'hang' });

  it('by the signal fails as CANCELLED and closes the connection at once', async () => {
    const stop = new AbortController();
    let abortedAt = NaN;
    const reading = async (): Promise<void> => {
      for await (const [chunk] of bedrock.stream(ENDLESS, { signal: stop.signal })) {
        if (chunk?.text !== 'b') continue;
        abortedAt = performance.now();
        stop.abort();
      }
    };
    const fault = await faultOf(reading());
    expect(fault).toMatchObject({ category: 'CANCELLED', message: 'The call was cancelled.' });
    expect((await bedrock.provider.lastRequest.closed) - abortedAt).toBeLessThan(100);
  });

  it('by the signal before its first event too', async () => {
    const stop = new AbortController();
    const hanging = eventStream([], { ending: 'hang' });
    const work = faultOf(collect(bedrock.stream(hanging, { signal: stop.signal })));
    await vi.waitFor(() => bedrock.provider.lastRequest);
    setTimeout(() => stop.abort(), 50);
    expect(await work).toMatchObject({ category: 'CANCELLED', message: 'The call was cancelled.' });
    await bedrock.provider.lastRequest.closed;
  });

  it('by a break closes the connection at once', async () => {
    let leftAt = NaN;
    for await (const [chunk] of bedrock.stream(ENDLESS)) {
      leftAt = performance.now();
      if (chunk?.text === 'a') break;
    }
    expect((await bedrock.provider.lastRequest.closed) - leftAt).toBeLessThan(100);
  });

  it('because an event cannot be read closes the connection at once', async () => {
    for (const events of [[broken()], [WORD, broken()], [text(5)]]) {
      await faultFor(eventStream(events, { ending: 'hang' }));
      const failedAt = performance.now();
      expect((await bedrock.provider.lastRequest.closed) - failedAt).toBeLessThan(100);
    }
  });

  it('at its end keeps the connection', async () => {
    const { connections } = bedrock.provider;
    for (let call = 0; call < 10; call++) {
      await collect(bedrock.stream(eventStream([WORD, STOP])));
    }
    expect(bedrock.provider.connections - connections).toBeLessThanOrEqual(2);
  });
});
