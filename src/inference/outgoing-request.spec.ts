import { getEventListeners } from 'node:events';
import { gzipSync } from 'node:zlib';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { faultOf } from '../../test/support/fault-of.js';
import { ScriptedProvider } from '../../test/support/scripted-provider.js';
import type { Resolve } from './address-guard.js';
import { Egress } from './egress.js';

const MESSAGE = { method: 'POST', headers: {}, body: 'hi' } as const;
const MB = 1024 * 1024;
type Found = Parameters<Resolve>[2];

let provider: ScriptedProvider;
let egress: Egress;

beforeEach(async () => {
  provider = await ScriptedProvider.start();
  egress = new Egress({ allowPrivate: true });
});

afterEach(async () => {
  await egress.close();
  await provider.close();
});

describe('OutgoingRequest', () => {
  it('fails at once when it is left while its connection is made, and is not sent later', async () => {
    const looked: Found[] = [];
    const guarded = new Egress({
      allowPrivate: false,
      resolve: (_name, _options, found) => looked.push(found),
    });
    const stop = new AbortController();
    const call = { signal: stop.signal, streamed: true };
    const work = faultOf(guarded.fetch('http://slow.example/v1', MESSAGE, call));
    await vi.waitFor(() => expect(looked).toHaveLength(1));
    stop.abort();
    expect((await work).category).toBe('CANCELLED');
    looked[0]?.(null, []);
    await guarded.close();
  });

  it('is not sent on a connection that is ready too late', async () => {
    const stop = new AbortController();
    const work = faultOf(
      egress.fetch(provider.url, MESSAGE, { signal: stop.signal, streamed: true }),
    );
    stop.abort(); // the socket connects after this turn
    expect((await work).category).toBe('CANCELLED');
    await pause(50);
    expect(provider.requests).toHaveLength(0);
  });

  it('ends all calls of a signal, and listens to it once', async () => {
    provider.script = { silent: true };
    const stop = new AbortController();
    const call = { signal: stop.signal, streamed: true };
    const faults = [1, 2, 3].map(() => faultOf(egress.fetch(provider.url, MESSAGE, call)));
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1);
    stop.abort();
    for (const fault of faults) expect((await fault).category).toBe('CANCELLED');
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  });

  // Another try, since a busy machine can delay either end.
  it('says when bytes came, however late they are taken', { retry: 2 }, async () => {
    provider.script = { body: ['a', 100, 'b'] };
    const call = { signal: new AbortController().signal, streamed: true };
    const { body } = await egress.fetch(provider.url, MESSAGE, call);
    await pause(400);
    const [first, second] = body.take();
    expect((second?.at ?? NaN) - (first?.at ?? NaN)).toBeGreaterThan(60);
  });

  it('waits for a decompressor that is slower than the network', async () => {
    const text = Array.from({ length: MB }, (_, at) => String((at * 7919) % 10))
      .join('')
      .repeat(7);
    const packed = gzipSync(text, { level: 0 });
    provider.script = { headers: { 'content-encoding': 'gzip' }, body: [packed] };
    const call = { signal: new AbortController().signal, streamed: true };
    expect((await (await egress.fetch(provider.url, MESSAGE, call)).text()) === text).toBe(true);
  });
});
