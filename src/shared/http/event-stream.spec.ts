import { setTimeout as sleep } from 'node:timers/promises';

import { fastify } from 'fastify';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { EventStream, type ServerEvent } from './event-stream.js';
import { ProblemException } from './problem.js';

const BEAT_MS = 40;
const left = vi.fn();

/** The headers and the texts of a stream that answers a request. */
async function open(events: () => AsyncGenerator<ServerEvent, void>) {
  const server = fastify({ genReqId: () => 'r-1' });
  let texts: AsyncGenerator<string, void> | undefined;
  server.get('/path', (request, reply) => {
    texts = new EventStream(events(), BEAT_MS).open(request, reply);
    return '';
  });
  const { headers } = await server.inject('/path?query');
  if (!texts) throw new Error('The request did not arrive.');
  return { headers, texts };
}

async function all(texts: AsyncGenerator<string, void>): Promise<string[]> {
  const read: string[] = [];
  for await (const text of texts) read.push(text);
  return read;
}

beforeEach(() => left.mockClear());

describe('an event stream', () => {
  it('writes events, one line of JSON each', async () => {
    const { headers, texts } = await open(async function* () {
      yield { event: 'one', data: { text: 'a\nb' } };
      yield { event: 'two', data: {} };
    });
    expect(headers).toMatchObject({
      'content-type': expect.stringMatching(/^text.event-stream/),
      'x-accel-buffering': 'no',
    });
    expect(await all(texts)).toEqual([
      'event: one\ndata: {"text":"a\\nb"}\n\n',
      'event: two\ndata: {}\n\n',
    ]);
  });

  it('keeps the connection open once it has begun', async () => {
    const { texts } = await open(async function* () {
      await sleep(BEAT_MS * 2);
      yield { event: 'one', data: {} };
      await sleep(BEAT_MS * 2.5);
      yield { event: 'two', data: {} };
    });
    const [first, ...rest] = await all(texts);
    expect(first).toBe('event: one\ndata: {}\n\n');
    expect(rest.pop()).toBe('event: two\ndata: {}\n\n');
    expect(rest.length).toBeGreaterThanOrEqual(1);
    expect(new Set(rest)).toEqual(new Set([':\n\n']));
  });

  it('fails as any request when it fails before the first event', async () => {
    const fault = new ProblemException(502, 'No.', {});
    const fails = () => Promise.reject(fault);
    const { texts } = await open(async function* () {
      yield await fails();
    });
    await expect(texts.next()).rejects.toBe(fault);
  });

  it('tells a later fault by an event', async () => {
    const { texts } = await open(async function* () {
      yield { event: 'one', data: {} };
      throw new ProblemException(502, 'No.', { members: { category: 'PROVIDER_ERROR' } });
    });
    const [, error = ''] = await all(texts);
    const [name, data = ''] = error.split('\ndata: ');
    expect(name).toBe('event: error');
    expect(JSON.parse(data)).toEqual({
      type: 'about:blank',
      title: 'Bad Gateway',
      status: 502,
      detail: 'No.',
      instance: '/path',
      requestId: 'r-1',
      category: 'PROVIDER_ERROR',
    });
  });

  it('reads no further than the client, and ends what it reads when the client leaves', async () => {
    let made = 0;
    const { texts } = await open(async function* () {
      try {
        for (;;) yield { event: 'one', data: { made: ++made } };
      } finally {
        left();
      }
    });
    await texts.next();
    await texts.next();
    await sleep(10);
    expect(made).toBe(2);
    await texts.return();
    expect(left).toHaveBeenCalledOnce();
  });
});
