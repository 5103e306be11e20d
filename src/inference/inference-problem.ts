import { HttpException, HttpStatus } from '@nestjs/common';

import type { ErrorCategory, InferenceError } from './inference-error.js';

/** What is not a provider's fault, or is one with a status of its own. */
const STATUSES: Readonly<Partial<Record<ErrorCategory, HttpStatus>>> = {
  TIMEOUT: HttpStatus.GATEWAY_TIMEOUT,
  // Nobody else cancels a call that a client waits for: this process is shutting down.
  CANCELLED: HttpStatus.SERVICE_UNAVAILABLE,
  INTERNAL_ERROR: HttpStatus.INTERNAL_SERVER_ERROR,
};

/**
 * A failed call to a provider as the answer of an endpoint: 502 with the category and the words of
 * the error, 504 when time ran out. Never 429: that limit is the provider's, not this service's.
 */
export function problemOf(error: InferenceError): HttpException {
  const status = STATUSES[error.category] ?? HttpStatus.BAD_GATEWAY;
  return new HttpException(`${error.category}: ${error.message}`, status, { cause: error });
}
