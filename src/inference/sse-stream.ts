import { Inbox } from './inbox.js';
import { InferenceError } from './inference-error.js';
import { SseDecoder, type SseEvent } from './sse.js';

/** Far above any real answer under the size limit; keeps tiny hostile events from filling memory. */
const MAX_EVENTS = 100_000;

export interface ArrivedEvent extends SseEvent {
  /** When it came, in milliseconds after `since`. */
  readonly atMs: number;
}

/**
 * The events of a body. They are read as they arrive however slowly they are taken, so that their
 * times are true. Leaving early cancels the body; after an event that `isLast` the body is let go
 * instead, so that its connection can be used again.
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  since: number,
  isLast: (event: SseEvent) => boolean,
): AsyncGenerator<ArrivedEvent, void> {
  const inbox = new Inbox<ArrivedEvent>();
  const reader = body.getReader();
  void receive(reader, since, isLast, inbox);
  try {
    while (await inbox.filled()) yield* inbox.take();
  } finally {
    if (!inbox.closed) await reader.cancel();
  }
}

/** Never rejects: a fault goes into the inbox. */
async function receive(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  since: number,
  isLast: (event: SseEvent) => boolean,
  inbox: Inbox<ArrivedEvent>,
): Promise<void> {
  const decoder = new SseDecoder();
  let count = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const atMs = performance.now() - since;
      const events = decoder.push(value);
      const last = events.findIndex(isLast);
      const wanted = last === -1 ? events : events.slice(0, last + 1);
      count += wanted.length;
      inbox.put(wanted.map(({ name, data }) => ({ name, data, atMs })));
      if (last !== -1) break;
      if (count > MAX_EVENTS) throw tooMany();
    }
    inbox.close(null);
  } catch (error) {
    inbox.close({ error });
    await reader.cancel().catch(() => undefined);
  }
}

function tooMany(): InferenceError {
  return new InferenceError('PROTOCOL_ERROR', 'The stream has more events than any answer needs.', {
    code: 'RESPONSE_TOO_LARGE',
  });
}
