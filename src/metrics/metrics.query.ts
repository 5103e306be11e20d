import { DateField, EnumField, RegionField, UuidField } from '../shared/http/fields.js';
import { METRIC_TYPES, type MetricType } from './measurement.js';

/** Widths of the buckets. */
export const BUCKETS = ['5m', '1h', '1d'] as const;

export type Bucket = (typeof BUCKETS)[number];

/** Which points of a deployment are summed up, and how finely. */
export class MetricsOfDeploymentQuery {
  @EnumField({
    description: 'Only this type.',
    values: Object.fromEntries(METRIC_TYPES.map((type) => [type, type])),
    name: 'MetricType',
    optional: true,
  })
  metricType?: MetricType;

  @UuidField({ description: 'Only of deployments at this provider.', optional: true })
  providerId?: string;

  @UuidField({ description: 'Only of deployments of this base model.', optional: true })
  baseModelId?: string;

  @RegionField('Only in this region; `global`: where the provider has none.')
  region?: string;

  @DateField({
    description: 'Only from this moment on; left out: 24 hours before `to`. At most 400 days.',
    example: '2026-01-01T00:00:00Z',
    optional: true,
  })
  from?: string;

  @DateField({
    description: 'Only before this moment; left out: now.',
    example: '2026-01-02T00:00:00Z',
    optional: true,
  })
  to?: string;

  @EnumField({
    description:
      'Width of a bucket; left out: `1h`. At most 10,000 may fit between `from` and `to`.',
    values: Object.fromEntries(BUCKETS.map((bucket) => [bucket, bucket])),
    name: 'MetricBucket',
    default: '1h',
  })
  bucket: Bucket = '1h';
}

/** Which points are summed up, and how finely. */
export class MetricsQuery extends MetricsOfDeploymentQuery {
  @UuidField({ description: 'Only of this deployment.', optional: true })
  deploymentId?: string;
}
