import type { FieldProblem } from '../../shared/http/problem.js';

/** The prices of a deployment, in US dollars. */
export interface Prices {
  readonly costPer1MInput: number;
  readonly costPer1MOutput: number;
  /** Of reserved throughput; null: it has none. */
  readonly costPerHour: number | null;
}

const NAMES = ['costPer1MInput', 'costPer1MOutput', 'costPerHour'] as const;

/** A change of so many times, either way, is more often a slip of the unit than a new price. */
const JUMP = 10;

export function samePrices(one: Prices, other: Prices): boolean {
  return NAMES.every((name) => one[name] === other[name]);
}

/** The prices that change by 10 times or more, or to or from zero: the request must confirm them. */
export function priceJumps(before: Prices, after: Prices): FieldProblem[] {
  return NAMES.filter((name) => isJump(before[name], after[name])).map((name) => ({
    pointer: `/${name}`,
    message:
      `changes from ${before[name]} to ${after[name]}: a change of ${JUMP} times or more, or to ` +
      `or from zero, needs confirmPriceJump: true`,
  }));
}

function isJump(before: number | null, after: number | null): boolean {
  if (before === null || after === null || before === after) return false;
  // To or from zero it is infinite. 7 ÷ 0.7 is a hair below 10 in binary.
  const times = Number((Math.max(before, after) / Math.min(before, after)).toPrecision(12));
  return times >= JUMP;
}
