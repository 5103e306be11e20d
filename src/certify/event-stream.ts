import { SseDecoder, type SseEvent } from '../shared/sse.js';
import { Failure, Unreachable } from './failure.js';

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
  const silent = new AbortController();
  const timer = setTimeout(() => silent.abort(), silenceMs);
  const decoder = new SseDecoder();
  try {
    const body = await open(AbortSignal.any([signal, silent.signal]));
    if (!body) return;
    for await (const bytes of body) {
      timer.refresh();
      yield* decoder.push(bytes);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof Failure
      ? error
      : new Unreachable('The stream broke off.', { cause: error });
  } finally {
    clearTimeout(timer);
    silent.abort();
  }
}
