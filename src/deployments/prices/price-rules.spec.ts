import { describe, expect, it } from 'vitest';

import { priceJumps, samePrices } from './price-rules.js';

const PRICES = { costPer1MInput: 3, costPer1MOutput: 15, costPerHour: null };

describe('a price jump', () => {
  it.each([
    ['ten times', 3, 30, true],
    ['a tenth', 3, 0.3, true],
    ['ten times, by floats that miss it', 0.7, 7, true],
    ['a tenth, by floats that miss it', 0.7, 0.07, true],
    ['just below ten times', 3, 29.999, false],
    ['just above a tenth', 3, 0.30001, false],
    ['to zero', 3, 0, true],
    ['from zero', 0, 0.01, true],
    ['zero as before', 0, 0, false],
    ['no change', 3, 3, false],
  ])('%s: %d → %d is %s', (_, before, after, jumps) => {
    const found = priceJumps(
      { ...PRICES, costPer1MInput: before },
      { ...PRICES, costPer1MInput: after },
    );
    expect(found.map(({ pointer }) => pointer)).toEqual(jumps ? ['/costPer1MInput'] : []);
  });

  it('is looked for in every price, and not where one comes or goes', () => {
    const before = { costPer1MInput: 1, costPer1MOutput: 1, costPerHour: 1 };
    const after = { costPer1MInput: 10, costPer1MOutput: 10, costPerHour: 10 };
    expect(priceJumps(before, after)).toHaveLength(3);
    expect(priceJumps({ ...before, costPerHour: null }, { ...before, costPerHour: 99 })).toEqual(
      [],
    );
  });
});

it('tells prices apart', () => {
  expect(samePrices(PRICES, { ...PRICES })).toBe(true);
  expect(samePrices(PRICES, { ...PRICES, costPerHour: 1 })).toBe(false);
});
