import { describe, expect, it } from 'vitest';

import { eventsIn } from './event-stream.js';
import { Unreachable } from './failure.js';

const never = new AbortController().signal;

/** A body that says so much and then nothing, not even when its request is ended. */
function silentAfter(text: string, left?: () => void): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(text)),
    cancel: left,
  });
}

describe('A stream of events', () => {
  it('is given up when it falls silent', async () => {
    const names: (string | null)[] = [];
    const read = async () => {
      const open = () => Promise.resolve(silentAfter('event: run\ndata: {}\n\n'));
      for await (const { name } of eventsIn(open, never, 50)) names.push(name);
    };
    await expect(read()).rejects.toThrow(Unreachable);
    expect(names).toEqual(['run']);
  });

  it('ends its request when nobody listens any more', async () => {
    const requests: AbortSignal[] = [];
    let left = 0;
    const open = (until: AbortSignal) => {
      requests.push(until);
      return Promise.resolve(silentAfter('data: {}\n\n', () => void left++));
    };
    for await (const event of eventsIn(open, never)) if (event) break;
    expect(requests.map(({ aborted }) => aborted)).toEqual([true]);
    expect(left).toBe(1);
  });

  it('ends by the signal, whatever the body does', async () => {
    const gone = new AbortController();
    const open = () => Promise.resolve(silentAfter('data: {}\n\n'));
    const read = async () => {
      for await (const event of eventsIn(open, gone.signal)) if (event) gone.abort('enough');
    };
    await expect(read()).rejects.toBe('enough');
  });
});
