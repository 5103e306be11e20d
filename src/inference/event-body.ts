import type { AnswerBody } from './answer-body.js';
import type { InferenceError } from './inference-error.js';
import type { Exchange } from './sdk-exchange.js';
import { notUnderstood, type Speaker } from './speaker.js';

/**
 * The body of a stream of events. Providers also answer with a whole body, mostly to wrap an error.
 *
 * @param wrapped reads the error that a whole body wraps; null: it wraps none
 * @throws InferenceError that error, or PROTOCOL_ERROR when the answer is no stream
 */
export async function eventBody(
  { answer, speaker }: Exchange,
  wrapped: (text: string, speaker: Speaker) => InferenceError | null,
): Promise<AnswerBody> {
  const type = answer.headers.get('content-type') ?? '';
  if (!/\b(?:json|html)\b/i.test(type)) return answer.body;
  const text = await answer.text();
  throw (
    wrapped(text, speaker) ??
    notUnderstood(speaker, 'NOT_A_STREAM', 'did not answer with a stream', text)
  );
}
