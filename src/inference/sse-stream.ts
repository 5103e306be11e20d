import type { AnswerBody } from './answer-body.js';
import { InferenceError } from './inference-error.js';
import { SseDecoder, type SseEvent } from '../shared/sse.js';

/** Far above any real answer under the size limit; keeps tiny hostile events from filling memory. */
const MAX_EVENTS = 100_000;

/** Events whose last bytes came together. */
export interface ArrivedEvents {
  readonly events: readonly SseEvent[];
  /** When they came, in milliseconds after `since`. */
  readonly atMs: number;
}

/**
 * The events of a body, as they arrive. Leaving early cancels the body; after an event that
 * `isLast` the body is let go instead, so that its connection can be used again.
 */
export async function* readEvents(
  body: AnswerBody,
  since: number,
  isLast: (event: SseEvent) => boolean,
): AsyncGenerator<ArrivedEvents, void> {
  const decoder = new SseDecoder();
  let count = 0;
  let over = false;
  try {
    while (await body.filled()) {
      for (const { bytes, at } of body.take()) {
        const events = decoder.push(bytes);
        const last = events.findIndex(isLast);
        over = last !== -1;
        count += events.length;
        if (over) body.release();
        else if (count > MAX_EVENTS) throw tooMany();
        const wanted = over ? events.slice(0, last + 1) : events;
        if (wanted.length > 0) yield { events: wanted, atMs: at - since };
        if (over) return;
      }
    }
    over = true;
  } finally {
    if (!over) body.cancel();
  }
}

function tooMany(): InferenceError {
  return new InferenceError('PROTOCOL_ERROR', 'The stream has more events than any answer needs.', {
    code: 'RESPONSE_TOO_LARGE',
  });
}
