import { HttpStatus, type HttpException } from '@nestjs/common';

import { ProblemException } from '../shared/http/problem.js';
import type { ErrorCategory, InferenceError } from './inference-error.js';

/** What is not a provider's fault, or is one with a status of its own. */
const STATUSES: Readonly<Partial<Record<ErrorCategory, HttpStatus>>> = {
  TIMEOUT: HttpStatus.GATEWAY_TIMEOUT,
  // Not 429: that limit is the provider's, not one of this service for its client.
  RATE_LIMIT: HttpStatus.SERVICE_UNAVAILABLE,
  // Nobody else cancels a call that a client waits for: this process is shutting down.
  CANCELLED: HttpStatus.SERVICE_UNAVAILABLE,
  CONTEXT_LIMIT: HttpStatus.UNPROCESSABLE_ENTITY,
  CAPABILITY_UNSUPPORTED: HttpStatus.UNPROCESSABLE_ENTITY,
  PARAMETER_UNSUPPORTED: HttpStatus.UNPROCESSABLE_ENTITY,
  CONTENT_FILTERED: HttpStatus.UNPROCESSABLE_ENTITY,
  INTERNAL_ERROR: HttpStatus.INTERNAL_SERVER_ERROR,
};

/**
 * A failed call to a provider as the answer of an endpoint, with the category and the words of the
 * error: 502 for a fault of the provider, 504 when time ran out, 503 with `Retry-After` when the
 * provider throttles, 422 when it refused what was asked.
 */
export function problemOf(error: InferenceError): HttpException {
  const { category, code, requestId, retryAfterMs } = error;
  const status = STATUSES[category] ?? HttpStatus.BAD_GATEWAY;
  return new ProblemException(status, `${category}: ${error.message}`, {
    members: {
      category,
      ...(code !== undefined && { providerCode: code }),
      ...(requestId !== undefined && { providerRequestId: requestId }),
    },
    retryAfterMs,
    cause: error,
  });
}
