import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { AT_ONCE_MS, deployAt, HELLO, invoke, invokeStreaming } from './support/invoking.js';
import { delta, DONE, ScriptedProvider, sse } from './support/scripted-provider.js';
import { ADMIN_KEY, TestService } from './support/service.js';

const USAGE = {
  choices: [],
  usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
};
const FIRST = delta({ role: 'assistant', content: '' });

let catalogue: TestService;
let provider: ScriptedProvider;
let deploymentId: string;

beforeAll(async () => {
  provider = await ScriptedProvider.start();
  catalogue = await TestService.start();
  ({ id: deploymentId } = await deployAt(catalogue, provider));
});

afterAll(async () => {
  await catalogue.close();
  await provider.close();
});

/** Begins to read an answer as it comes; unlike the clients' ones it may be left. */
async function begin(gone = new AbortController()) {
  const response = await fetch(`${catalogue.url}/api/v2/deployments/${deploymentId}/invoke`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${ADMIN_KEY}`,
      'content-type': 'application/json',
      accept: 'text/event-stream',
    },
    body: JSON.stringify(HELLO),
    signal: gone.signal,
  });
  if (!response.body) throw new Error('There is no body.');
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  return { gone, read: async () => (await reader.read()).value ?? '' };
}

describe('a streamed answer', () => {
  it('comes as it is made, and at the end as a whole', async () => {
    const call = (index: number, id: string | null, name: string | null, args: string) =>
      delta({ tool_calls: [{ index, id, function: { name, arguments: args } }] });
    provider.script = sse(
      [
        FIRST,
        delta({ reasoning_content: 'Hm.' }),
        delta({ content: 'Par' }),
        20,
        delta({}),
        delta({ content: 'is.' }),
        call(0, 'c-1', 'f', '{"a"'),
        call(0, null, null, ':1}'),
        delta({}, 'tool_calls'),
        USAGE,
        DONE,
      ],
      { headers: { 'x-request-id': 'req-1' } },
    );
    const { answer, events } = await invokeStreaming(catalogue, deploymentId);
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(answer.headers.get('x-accel-buffering')).toBe('no');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(provider.lastRequest.body).toMatchObject({ stream: true });

    const nothing = { text: '', reasoning: '', toolCalls: [], atMs: expect.any(Number) };
    const piece = (args: string) => ({ index: 0, id: null, name: null, arguments: args });
    expect(events.slice(0, -1)).toEqual(
      [
        nothing,
        { ...nothing, reasoning: 'Hm.' },
        { ...nothing, text: 'Par' },
        { ...nothing, text: 'is.' },
        { ...nothing, toolCalls: [{ ...piece('{"a"'), id: 'c-1', name: 'f' }] },
        { ...nothing, toolCalls: [piece(':1}')] },
      ].map((data) => ({ event: 'delta', data })),
    );
    expect(events.at(-1)).toEqual({
      event: 'done',
      data: {
        id: expect.any(String),
        deploymentId,
        region: 'global',
        model: 'scripted-1',
        answeredRegion: null,
        text: 'Paris.',
        reasoning: 'Hm.',
        toolCalls: [{ id: 'c-1', name: 'f', arguments: '{"a":1}' }],
        stopReason: 'tool_calls',
        usage: expect.objectContaining({ inputTokens: 11, outputTokens: 7 }),
        cost: { inputUsd: 0.000033, outputUsd: 0.000105, totalUsd: 0.000138 },
        latency: { totalMs: expect.any(Number), firstTokenMs: expect.any(Number) },
        requestId: 'req-1',
      },
    });
  });

  it('is what the body asks for, else what the header does', async () => {
    const accept = { accept: 'application/json;q=0.1, text/event-stream' };
    provider.script = sse([delta({ content: 'x' }, 'stop'), DONE]);
    const typeOf = async (body: object) =>
      (await invoke(catalogue, deploymentId, body, accept)).headers.get('content-type');
    expect(await typeOf(HELLO)).toMatch(/^text\/event-stream/);
    await typeOf({ ...HELLO, stream: false });
    expect(provider.lastRequest.body).not.toHaveProperty('stream');
  });

  it('is sent on at once', async () => {
    provider.script = sse([delta({ content: 'Par' }), 60_000]);
    const { read, gone } = await begin();
    expect(await read()).toMatch(/^event: delta\ndata: {"text":"Par",/);
    gone.abort();
    await provider.lastRequest.closed;
  });
});

describe('a fault of the provider', () => {
  it('is a problem as long as nothing has come', async () => {
    provider.script = sse([{ error: { message: 'Overloaded.', code: 500 } }]);
    const { answer } = await invokeStreaming(catalogue, deploymentId);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ status: 502, category: expect.any(String) });
  });

  it.each([
    ['that says so', { error: { message: 'Overloaded.', code: 500 } }],
    ['that breaks off', DONE],
  ])('is an event later on, in a stream %s', async (_, fault) => {
    provider.script = sse([delta({ content: 'Par' }), fault]);
    const { answer, events } = await invokeStreaming(catalogue, deploymentId);
    expect(answer.status).toBe(200);
    expect(events).toMatchObject([
      { event: 'delta', data: { text: 'Par' } },
      { event: 'error', data: { status: 502, title: 'Bad Gateway' } },
    ]);
  });
});

describe('a client that goes away', () => {
  it('ends the call of the provider before it has begun to answer', async () => {
    provider.script = { silent: true };
    const before = provider.requests.length;
    const gone = new AbortController();
    const beginning = begin(gone);
    await expect.poll(() => provider.requests.length).toBe(before + 1);
    const left = performance.now();
    gone.abort();
    await expect(beginning).rejects.toThrow('aborted');
    expect((await provider.lastRequest.closed) - left).toBeLessThan(AT_ONCE_MS);
  });

  it('ends it in the middle of the answer', async () => {
    provider.script = sse([delta({ content: 'Par' }), 60_000]);
    const { read, gone } = await begin();
    await read();
    const left = performance.now();
    gone.abort();
    expect((await provider.lastRequest.closed) - left).toBeLessThan(AT_ONCE_MS);
  });

  it('ends it even if it reads nothing', async () => {
    const megabyte = delta({ content: 'x'.repeat(1024 * 1024) });
    provider.script = sse([...Array.from({ length: 7 }, () => megabyte), 60_000]);
    const { gone } = await begin();
    await sleep(500); // the buffers on the way fill up, which nobody tells
    const left = performance.now();
    gone.abort();
    expect((await provider.lastRequest.closed) - left).toBeLessThan(AT_ONCE_MS);
  });
});
