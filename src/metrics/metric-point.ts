import type { Prisma } from '../generated/prisma/client.js';

/** What is measured of deployments. */
export const METRIC_TYPES = [
  'latency',
  'error_rate',
  'throttled',
  'usage',
  'certification',
  'cost',
] as const;

export type MetricType = (typeof METRIC_TYPES)[number];

/** One measured value. */
export interface MetricPoint {
  readonly deploymentId: string;
  readonly metricType: MetricType;
  readonly value: number;
  readonly timestamp: Date;
  readonly metadata: Prisma.InputJsonObject;
}
