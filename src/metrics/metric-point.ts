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

/** One measured value. */
export interface MetricPoint {
  /** Null: it is the API's own. */
  readonly deploymentId: string | null;
  readonly metricType: MetricType;
  readonly value: number;
  readonly timestamp: Date;
  readonly metadata: Prisma.InputJsonObject;
}

/** The points of one event: one for each value that it measured; null: it did not. */
export function pointsFrom(
  { deploymentId, timestamp, metadata }: Omit<MetricPoint, 'metricType' | 'value'>,
  values: readonly (readonly [MetricType, number | null])[],
): MetricPoint[] {
  // Each field by its name: what Node 20 makes of `...` is left to the slower collector of garbage.
  return values.flatMap(([metricType, value]) =>
    value === null ? [] : [{ deploymentId, metricType, value, timestamp, metadata }],
  );
}
