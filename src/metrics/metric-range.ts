import { InvalidInput } from '../shared/http/problem.js';
import type { Bucket } from './metrics.query.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How long a bucket is, in milliseconds. */
export const WIDTH_MS: Record<Bucket, number> = { '5m': HOUR_MS / 12, '1h': HOUR_MS, '1d': DAY_MS };
const MOST_DAYS = 400;
const MOST_BUCKETS = 10_000;

/** From `from` on, and before `to`. */
export interface MetricRange {
  readonly from: Date;
  readonly to: Date;
  readonly bucket: Bucket;
}

/** The range a query means: the last day, unless it says otherwise. @throws InvalidInput */
export function rangeOf(
  query: { from?: string; to?: string; bucket: Bucket },
  now = new Date(),
): MetricRange {
  const { bucket } = query;
  const to = query.to === undefined ? now : new Date(query.to);
  const from = query.from === undefined ? new Date(to.getTime() - DAY_MS) : new Date(query.from);
  const length = to.getTime() - from.getTime();
  if (length <= 0) throw InvalidInput.field('/from', 'must be before /to');
  if (length > MOST_DAYS * DAY_MS) {
    throw InvalidInput.field('/from', `must be at most ${MOST_DAYS} days before /to`);
  }
  if (length / WIDTH_MS[bucket] > MOST_BUCKETS) {
    throw InvalidInput.field(
      '/from',
      `must be at most 10,000 buckets of ${bucket} before /to; take a wider bucket`,
    );
  }
  return { from, to, bucket };
}
