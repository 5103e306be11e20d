import type { Prices } from './price-rules.js';

const MILLION = 1_000_000;
const DIGITS = 12;

/** What a deployment is to do. */
export interface Work {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of reserved throughput. */
  readonly hours: number;
}

/** US dollars, exact to 12 significant digits. */
export interface Cost {
  readonly inputUsd: number;
  readonly outputUsd: number;
  readonly hourlyUsd: number;
  readonly costUsd: number;
}

export function costOf(prices: Prices, { inputTokens, outputTokens, hours }: Work): Cost {
  const inputUsd = (inputTokens * prices.costPer1MInput) / MILLION;
  const outputUsd = (outputTokens * prices.costPer1MOutput) / MILLION;
  const hourlyUsd = hours * (prices.costPerHour ?? 0);
  return {
    inputUsd: exact(inputUsd),
    outputUsd: exact(outputUsd),
    hourlyUsd: exact(hourlyUsd),
    costUsd: exact(inputUsd + outputUsd + hourlyUsd),
  };
}

/** Drops the digits a binary sum gets wrong: 0.1 + 0.2 is 0.3. */
export function exact(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

/** How many times the cheapest cost; null: the cheapest is free and this is not. */
export function ratioTo(cheapest: number, cost: number): number | null {
  if (cost === cheapest) return 1;
  return cheapest === 0 ? null : exact(cost / cheapest);
}

/**
 * From how many tokens per hour, in the work's mix of input and output, reserved throughput is
 * cheaper than an offer paid by the token. Null: never, or the work has no tokens to mix.
 */
export function breakEvenTokensPerHour(
  reserved: Prices,
  onDemand: Prices,
  { inputTokens, outputTokens }: Work,
): number | null {
  const tokens = inputTokens + outputTokens;
  if (tokens === 0 || reserved.costPerHour === null) return null;
  const perToken = (prices: Prices) =>
    (inputTokens * prices.costPer1MInput + outputTokens * prices.costPer1MOutput) /
    MILLION /
    tokens;
  const saved = perToken(onDemand) - perToken(reserved);
  return saved > 0 ? exact(reserved.costPerHour / saved) : null;
}
