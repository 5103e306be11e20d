import { DDSketch } from '@datadog/sketches-js';

/** Greatest relative distance of a percentile from the point it stands for, but at the ends. */
const ACCURACY = 0.004;

const { mapping } = new DDSketch({ relativeAccuracy: ACCURACY });

/** The bin of values of 0, which have no logarithm: before all others. */
export const ZERO_BIN = -(2 ** 31);
/** A value `v` is in the bin `ceil(ln(v) / LN_GAMMA)`: for SQL, as the library's mapping has it. */
export const LN_GAMMA = Math.log1p((2 * ACCURACY) / (1 - ACCURACY));
/** The value a bin stands for is `exp(bin * LN_GAMMA) * BIN_MIDDLE`. */
export const BIN_MIDDLE = 2 / (1 + mapping.gamma);

/** Points of which only their number in each bin is known, and the least and the greatest. */
export interface Binned {
  readonly min: number;
  readonly max: number;
  readonly bins: readonly number[];
  /** How many points are in each bin. */
  readonly counts: readonly number[];
}

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/**
 * The percentiles of all the points, between points by interpolation. The least and the greatest
 * point stand for their bins, so that what has one value or two is exact.
 * @param parts of at least one point
 */
export function mergedPercentiles(parts: readonly Binned[]): Percentiles {
  const sketch = new DDSketch({ relativeAccuracy: ACCURACY });
  let [min, max] = [Infinity, -Infinity];
  for (const { bins, counts, ...part } of parts) {
    [min, max] = [Math.min(min, part.min), Math.max(max, part.max)];
    bins.forEach((bin, index) => {
      sketch.accept(bin === ZERO_BIN ? 0 : mapping.value(bin), counts[index]);
    });
  }
  const [least, greatest] = [binOf(min), binOf(max)];
  const last = sketch.count - 1;
  /** The point that so many are before, of those in order. */
  const pointAt = (rank: number) => {
    // Half a rank further, no rounding can lead to the point before.
    const value = rank < last ? sketch.getValueAtQuantile((rank + 0.5) / last) : max;
    if (value >= greatest) return max;
    return value <= least ? min : value;
  };
  const at = (share: number) => {
    const rank = share * last;
    const below = pointAt(Math.floor(rank));
    return below + (pointAt(Math.ceil(rank)) - below) * (rank % 1);
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** What stands for a value in the sketch. */
function binOf(value: number): number {
  return value > mapping.minPossible ? mapping.value(mapping.key(value)) : 0;
}
