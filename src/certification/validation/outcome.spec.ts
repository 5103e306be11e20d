import { describe, expect, it } from 'vitest';

import type { ErrorCategory } from '../../inference/inference-error.js';
import { stopsRun, type Outcome } from './outcome.js';

/** A claim of which nothing can be said until somebody changes something. */
function unsettled(category: ErrorCategory): Outcome {
  return {
    ...{ probe: 'vision', kind: 'core', claim: 'vision', verdict: 'INCONCLUSIVE_CONFIG' },
    ...{ flaky: false, attempts: 0, passes: 0, reason: category, message: null },
    ...{ warnings: [], metrics: null, category, requestId: null },
  };
}

describe('A run', () => {
  it.each<ErrorCategory>([
    'AUTHENTICATION_ERROR',
    'MODEL_LIFECYCLE',
    'QUOTA_EXHAUSTED',
    'ACCESS_PENDING',
  ])('is stopped by %s, which every further request would meet', (category) => {
    expect(stopsRun(unsettled(category))).toBe(true);
  });

  it.each<ErrorCategory>(['CONTEXT_LIMIT', 'PARAMETER_UNSUPPORTED', 'INTERNAL_ERROR'])(
    'goes on after %s, which another request may not meet',
    (category) => expect(stopsRun(unsettled(category))).toBe(false),
  );
});
