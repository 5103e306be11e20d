import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { breakEvenTokensPerHour, costOf, ratioTo } from './cost.js';

const ON_DEMAND = { costPer1MInput: 3, costPer1MOutput: 15, costPerHour: null };
const RESERVED = { costPer1MInput: 0, costPer1MOutput: 0, costPerHour: 21 };

/** a × b by whole numbers: the sum a binary computer cannot get wrong. */
function inDecimal(tokens: number, priceInNanoDollars: bigint): number {
  const picoDollars = BigInt(tokens) * priceInNanoDollars; // tokens × nano$ per million
  return Number(picoDollars) / 1e15;
}

describe('a cost', () => {
  it('adds input, output and hours', () => {
    const work = { inputTokens: 2_000_000, outputTokens: 500_000, hours: 2 };
    expect(costOf(ON_DEMAND, work)).toEqual({
      inputUsd: 6,
      outputUsd: 7.5,
      hourlyUsd: 0,
      costUsd: 13.5,
    });
    expect(costOf(RESERVED, work).costUsd).toBe(42);
  });

  it('shows no digit a binary sum gets wrong', () => {
    const prices = { costPer1MInput: 0.1, costPer1MOutput: 0.2, costPerHour: null };
    const work = { inputTokens: 1_000_000, outputTokens: 1_000_000, hours: 0 };
    expect(costOf(prices, work).costUsd).toBe(0.3);
  });

  it('is exact to 12 significant digits', () => {
    const tokens = fc.integer({ min: 0, max: 1_000_000_000_000 });
    const nano = fc.bigInt({ min: 0n, max: 1_000_000_000_000n });
    fc.assert(
      fc.property(tokens, nano, (inputTokens, price) => {
        const prices = {
          costPer1MInput: Number(price) / 1e9,
          costPer1MOutput: 0,
          costPerHour: null,
        };
        const { costUsd } = costOf(prices, { inputTokens, outputTokens: 0, hours: 0 });
        // Half a unit of the twelfth digit, and a hair for the division that makes a number of it.
        const expected = inDecimal(inputTokens, price);
        expect(Math.abs(costUsd - expected)).toBeLessThanOrEqual(expected * 5.001e-12);
      }),
    );
  });
});

describe('the break-even', () => {
  const work = { inputTokens: 1_000_000, outputTokens: 1_000_000, hours: 1 };

  it('is where the hour costs what the tokens would', () => {
    // 1 M in and 1 M out cost 18 on demand: 9 per million tokens; 21 an hour is 2.333 M tokens.
    expect(breakEvenTokensPerHour(RESERVED, ON_DEMAND, work)).toBe(2333333.33333);
  });

  it('is never reached where tokens are no cheaper, or there are none', () => {
    expect(breakEvenTokensPerHour({ ...ON_DEMAND, costPerHour: 1 }, ON_DEMAND, work)).toBeNull();
    const nothing = { inputTokens: 0, outputTokens: 0, hours: 1 };
    expect(breakEvenTokensPerHour(RESERVED, ON_DEMAND, nothing)).toBeNull();
  });
});

it('compares with the cheapest', () => {
  expect(ratioTo(2, 3)).toBe(1.5);
  expect(ratioTo(0, 0)).toBe(1);
  expect(ratioTo(0, 1)).toBeNull();
});
