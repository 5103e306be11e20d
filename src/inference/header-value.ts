import type { InferenceTarget } from './adapter.js';
import { InferenceError } from './inference-error.js';

/**
 * A value that a header may carry.
 *
 * @param what it is, for the reason, which never repeats the value
 * @throws InferenceError CONFIGURATION_ERROR when it is empty or holds other characters
 */
export function headerValue(value: string, what: string): string {
  if (/^[\x21-\x7e]+$/.test(value)) return value;
  throw new InferenceError(
    'CONFIGURATION_ERROR',
    `${what} is empty or holds characters that a header cannot carry.`,
  );
}

/** A secret that a header may carry. @throws InferenceError as {@link headerValue} does */
export function headerSecret(secret: string, { providerSlug }: InferenceTarget): string {
  return headerValue(secret, `The API key of ${providerSlug}`);
}
