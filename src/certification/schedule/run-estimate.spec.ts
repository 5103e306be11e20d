import { describe, expect, it } from 'vitest';

import { estimateOf, type Estimable } from './run-estimate.js';

const RUN: Estimable = {
  profile: 'standard',
  maxCostUsd: null,
  capabilities: {
    ...{ streaming: true, vision: false, functionCalling: false },
    ...{ maxContextWindow: 1_000_000, maxOutputTokens: 4_096 },
  },
  costPer1MInput: 3,
  costPer1MOutput: 15,
};

describe('The estimate of a run', () => {
  it('grows with its profile and its prices', () => {
    const standard = estimateOf(RUN);
    expect(estimateOf({ ...RUN, profile: 'smoke' })).toBeLessThan(standard);
    // A window of a million tokens alone costs 3 USD.
    expect(standard).toBeLessThan(3);
    expect(estimateOf({ ...RUN, profile: 'deep' })).toBeGreaterThan(3);
    expect(estimateOf({ ...RUN, costPer1MInput: 6, costPer1MOutput: 30 })).toBeCloseTo(
      2 * standard,
    );
  });

  it('is at most what the run may cost', () => {
    expect(estimateOf({ ...RUN, maxCostUsd: 0.001 })).toBe(0.001);
    expect(estimateOf({ ...RUN, maxCostUsd: 1_000 })).toBe(estimateOf(RUN));
  });
});
