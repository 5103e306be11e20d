import { describe, expect, it } from 'vitest';

import { eventsIn } from './event-stream.js';
import { Unreachable } from './failure.js';

const never = new AbortController().signal;

/** A body that says so much and then nothing, until its request is ended. */
function silentAfter(text: string, until: AbortSignal): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      until.addEventListener('abort', () => controller.error(until.reason));
    },
  });
}

describe('A stream of events', () => {
  it('is given up when it falls silent', async () => {
    const names: (string | null)[] = [];
    const read = async () => {
      const open = (until: AbortSignal) =>
        Promise.resolve(silentAfter('event: run\ndata: {}\n\n', until));
      for await (const { name } of eventsIn(open, never, 50)) names.push(name);
    };
    await expect(read()).rejects.toThrow(Unreachable);
    expect(names).toEqual(['run']);
  });

  it('ends its request when nobody listens any more', async () => {
    const requests: AbortSignal[] = [];
    const open = (until: AbortSignal) => {
      requests.push(until);
      return Promise.resolve(silentAfter('data: {}\n\n', until));
    };
    for await (const event of eventsIn(open, never)) if (event) break;
    expect(requests.map(({ aborted }) => aborted)).toEqual([true]);
  });
});
