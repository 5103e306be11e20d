import { describe, expect, it } from 'vitest';

import { InferenceError, type ErrorCategory } from './inference-error.js';
import { problemOf } from './inference-problem.js';

describe('a failed call as an HTTP answer', () => {
  it('says what happened, and keeps the error', () => {
    const error = new InferenceError('AUTHENTICATION_ERROR', 'acme answered 401: no.', {
      status: 401,
      code: 'invalid_key',
      requestId: 'req-1',
    });
    const problem = problemOf(error);
    expect(problem.getStatus()).toBe(502);
    expect(problem.message).toBe('AUTHENTICATION_ERROR: acme answered 401: no.');
    expect(problem.cause).toBe(error);
    expect(problem).toMatchObject({
      members: {
        category: 'AUTHENTICATION_ERROR',
        providerCode: 'invalid_key',
        providerRequestId: 'req-1',
      },
    });
  });

  it('says when another try makes sense', () => {
    const error = new InferenceError('RATE_LIMIT', 'x', { retryAfterMs: 7_000 });
    expect(problemOf(error)).toMatchObject({ retryAfterMs: 7_000 });
  });

  it.each<[ErrorCategory, number]>([
    ['TIMEOUT', 504],
    ['RATE_LIMIT', 503],
    ['CONTEXT_LIMIT', 422],
    ['CAPABILITY_UNSUPPORTED', 422],
    ['PARAMETER_UNSUPPORTED', 422],
    ['CONTENT_FILTERED', 422],
    ['CONFIGURATION_ERROR', 502],
    ['NETWORK_ERROR', 502],
    ['PROTOCOL_ERROR', 502],
    ['INTERNAL_ERROR', 500],
    ['CANCELLED', 503],
  ])('%s is a %i', (category, status) => {
    expect(problemOf(new InferenceError(category, 'x')).getStatus()).toBe(status);
  });
});
