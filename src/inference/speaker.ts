import type { AuthorizedTarget } from './adapter.js';
import type { HeaderReader } from './answer.js';
import { secretsOf } from './credentials.js';
import { InferenceError } from './inference-error.js';
import { retryAfterMs } from './retry-after.js';
import { safeText } from '../shared/secrets/hide-secrets.js';

const SAMPLE_LIMIT = 200;
const WORD_LIMIT = 100;
const REQUEST_IDS = ['x-request-id', 'apim-request-id', 'request-id', 'x-amzn-requestid'];

/** Whose answer is read, and the secrets that must not be repeated from it. */
export interface Speaker {
  readonly provider: string;
  readonly secrets: readonly string[];
  readonly headers: HeaderReader;
  readonly status: number;
}

/** Who gave an answer to a call. */
export function speakerOf(
  { providerSlug, credentials }: Pick<AuthorizedTarget, 'providerSlug' | 'credentials'>,
  { headers, status }: { readonly headers: HeaderReader; readonly status: number },
): Speaker {
  return { provider: providerSlug, secrets: secretsOf(credentials), headers, status };
}

/** Thrown by those who read an answer: a field has a type that no client could use. */
export class MalformedAnswer extends Error {}

/** The error for an answer that breaks the protocol, with the beginning of what came. */
export function notUnderstood(
  speaker: Speaker,
  code: string,
  words: string,
  sample?: string,
): InferenceError {
  const seen =
    sample === undefined
      ? '.'
      : `: ${safeText(sample, speaker.secrets, SAMPLE_LIMIT) || '(empty)'}`;
  const message = `${speaker.provider} ${words}${seen}`;
  return new InferenceError('PROTOCOL_ERROR', message, { ...answerFacts(speaker), code });
}

/** Whatever was thrown while an answer was read, as the error to throw. */
export function asInferenceError(
  error: unknown,
  provider: string,
  speaker?: Speaker,
): InferenceError {
  if (error instanceof InferenceError) return error;
  if (error instanceof MalformedAnswer && speaker !== undefined) {
    return notUnderstood(speaker, 'INVALID_ANSWER', `answered in a wrong form: ${error.message}`);
  }
  const words = `Calling ${provider} failed inside this service.`;
  return new InferenceError('INTERNAL_ERROR', words, { cause: error });
}

/** The provider's id of the exchange. */
export function requestId({ headers, secrets }: Speaker): string | null {
  const name = REQUEST_IDS.find((header) => headers.has(header));
  const id = name === undefined ? null : headers.get(name);
  return id === null ? null : safeText(id, secrets, WORD_LIMIT);
}

/** What the headers of an error say. */
export function answerFacts(speaker: Speaker): {
  status: number;
  requestId?: string;
  retryAfterMs?: number;
} {
  const id = requestId(speaker);
  const wait = retryAfterMs(speaker.headers);
  return {
    status: speaker.status,
    ...(id === null ? {} : { requestId: id }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  };
}
