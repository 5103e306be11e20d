import { describe, expect, it } from 'vitest';

import { InferenceError, type ErrorCategory } from './inference-error.js';
import { problemOf } from './inference-problem.js';

describe('a failed call as an HTTP answer', () => {
  it('says what happened, and keeps the error', () => {
    const error = new InferenceError('AUTHENTICATION_ERROR', 'acme answered 401: no.', {
      status: 401,
    });
    const problem = problemOf(error);
    expect(problem.getStatus()).toBe(502);
    expect(problem.message).toBe('AUTHENTICATION_ERROR: acme answered 401: no.');
    expect(problem.cause).toBe(error);
  });

  it.each<[ErrorCategory, number]>([
    ['TIMEOUT', 504],
    ['RATE_LIMIT', 502],
    ['CONFIGURATION_ERROR', 502],
    ['NETWORK_ERROR', 502],
    ['PROTOCOL_ERROR', 502],
    ['INTERNAL_ERROR', 500],
    ['CANCELLED', 503],
  ])('%s is a %i', (category, status) => {
    expect(problemOf(new InferenceError(category, 'x')).getStatus()).toBe(status);
  });
});
