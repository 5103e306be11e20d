import type { Prisma } from '../generated/prisma/client.js';

/** What is measured: of deployments, and of the API itself. */
export const METRIC_TYPES = [
  'latency',
  'error_rate',
  'throttled',
  'usage',
  'certification',
  'cost',
  'http_latency',
  'http_error_rate',
] as const;

export type MetricType = (typeof METRIC_TYPES)[number];

/** What one event measured: a point for each value. All else they have in common. */
export interface Measurement {
  /** Null: it is the API's own. */
  readonly deploymentId: string | null;
  readonly timestamp: Date;
  readonly metadata: Prisma.InputJsonObject;
  readonly values: readonly (readonly [MetricType, number])[];
}

/** The values that there are; null: it was not measured. */
export function measured(
  values: readonly (readonly [MetricType, number | null])[],
): Measurement['values'] {
  return values.flatMap(([metricType, value]) => (value === null ? [] : [[metricType, value]]));
}
