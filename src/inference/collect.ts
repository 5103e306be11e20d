import type { StreamChunk, StreamedAnswer } from './adapter.js';

/** Reads a stream to its end and answers with the whole. Fails as the stream fails. */
export async function collect(
  stream: AsyncGenerator<readonly StreamChunk[], StreamedAnswer>,
): Promise<StreamedAnswer> {
  for (;;) {
    const step = await stream.next();
    if (step.done === true) return step.value;
  }
}
