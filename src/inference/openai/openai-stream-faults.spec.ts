import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { faultOf } from '../../../test/support/fault-of.js';
import { HELLO, OpenAiHarness } from '../../../test/support/openai-harness.js';
import { delta, DONE, json, sse, type Script } from '../../../test/support/scripted-provider.js';
import { collect } from '../collect.js';
import type { InferenceError } from '../inference-error.js';

let openai: OpenAiHarness;

beforeEach(async () => {
  openai = await OpenAiHarness.start();
});

afterEach(() => openai.close());

const faultFor = (script: Script): Promise<InferenceError> =>
  faultOf(collect(openai.stream(script)));

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

  it('without printing what the openai.provider sent', async () => {
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
    const impatient = await OpenAiHarness.start({ firstByteMs: 100 });
    const none = await faultOf(collect(impatient.stream({ silent: true })));
    expect(none).toMatchObject({ category: 'TIMEOUT', code: 'FIRST_BYTE_TIMEOUT' });
    await impatient.close();
    const hanging = sse([WORD], { ending: 'hang' });
    const request = { ...HELLO, timeoutMs: 120 };
    const fault = await faultOf(collect(openai.stream(hanging, { request })));
    expect(fault).toMatchObject({ category: 'TIMEOUT', code: 'TOTAL_TIMEOUT' });
  });

  it('when it does not end, at the limit of size or of events', async () => {
    const big = sse([`data: ${JSON.stringify(delta({ content: 'x'.repeat(9_000_000) }))}\n\n`]);
    expect(await faultFor(big)).toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
    const many = sse(['data: {}\n\n'.repeat(150_000)], { ending: 'hang' });
    expect(await faultFor(many)).toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
  });
});

describe('Leaving a stream', { retry: 2 }, () => {
  const ENDLESS = sse([delta({ content: 'a' }), 20, delta({ content: 'b' })], { ending: 'hang' });

  it('by the signal fails as CANCELLED and closes the connection at once', async () => {
    const stop = new AbortController();
    let abortedAt = NaN;
    const reading = async (): Promise<void> => {
      for await (const [chunk] of openai.stream(ENDLESS, { signal: stop.signal })) {
        if (chunk?.text !== 'b') continue;
        abortedAt = performance.now();
        stop.abort();
      }
    };
    expect((await faultOf(reading())).category).toBe('CANCELLED');
    expect((await openai.provider.lastRequest.closed) - abortedAt).toBeLessThan(100);
  });

  it('by a break closes the connection at once', async () => {
    let leftAt = NaN;
    for await (const [chunk] of openai.stream(ENDLESS)) {
      leftAt = performance.now();
      if (chunk?.text === 'a') break;
    }
    expect((await openai.provider.lastRequest.closed) - leftAt).toBeLessThan(100);
  });

  it('after [DONE] waits for nothing, and keeps the connection of a openai.provider that ends', async () => {
    const whole = [delta({ content: 'x' }, 'stop'), DONE];
    const started = performance.now();
    await collect(openai.stream(sse(whole, { ending: 'hang' })));
    expect(performance.now() - started).toBeLessThan(1_000);
    const { connections } = openai.provider;
    for (let call = 0; call < 10; call++) await collect(openai.stream(sse(whole)));
    expect(openai.provider.connections - connections).toBeLessThanOrEqual(2);
  });
});
