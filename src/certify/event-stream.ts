import { SseDecoder, type SseEvent } from '../shared/sse.js';
import { Failure, Unreachable } from './failure.js';
import { Until } from './until.js';

/** The server says something at least every 15 seconds. */
const SILENCE_MS = 45_000;

/**
 * The events of an answer that stays open.
 * @param open gets a signal that ends the request
 * @throws what `open` throws; Unreachable when the stream breaks off or falls silent; the signal's
 *   reason
 */
export async function* eventsIn(
  open: (until: AbortSignal) => Promise<ReadableStream<Uint8Array> | null>,
  signal: AbortSignal,
  silenceMs = SILENCE_MS,
): AsyncGenerator<SseEvent, void> {
  const until = new Until(signal, silenceMs);
  const decoder = new SseDecoder();
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  try {
    const body = await until.outcomeOf(open(until.signal));
    if (!body) return;
    reader = body.getReader();
    for (;;) {
      const { done, value } = await until.outcomeOf(reader.read());
      if (done) return;
      until.refresh();
      yield* decoder.push(value);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof Failure
      ? error
      : new Unreachable('The stream broke off.', { cause: error });
  } finally {
    until.end();
    reader?.cancel().catch(() => undefined);
  }
}
