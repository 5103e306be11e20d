import { describe, expect, it } from 'vitest';

import { affordable } from './daily-budget.js';

const works = (...estimates: number[]) => estimates.map((estimateUsd) => ({ estimateUsd }));
const NOTHING = { spentUsd: 0, reservedUsd: 0 };

describe('A daily budget', () => {
  it.each([
    ['without one pays for everything', [1, 2, 3], NOTHING, null, [1, 2, 3]],
    ['pays as far as it reaches', [1, 1, 1], NOTHING, 2, [1, 1]],
    ['counts what is spent', [1, 1, 1], { spentUsd: 1, reservedUsd: 0 }, 2, [1]],
    ['counts what is under way', [1, 1, 1], { spentUsd: 0, reservedUsd: 1 }, 2, [1]],
    ['that is overdrawn pays for nothing', [1, 0], { spentUsd: 3, reservedUsd: 0 }, 2, []],
    ['lets nothing cheap pass what will fit later', [2, 1], { spentUsd: 1, reservedUsd: 0 }, 2, []],
    ['passes over what will never fit', [3, 1], NOTHING, 2, [1]],
  ])('%s', (_, estimates, spending, budget, paid) => {
    expect(affordable(works(...estimates), spending, budget)).toEqual(works(...paid));
  });
});
