import { ApiProperty } from '@nestjs/swagger';

import type { CacheCounts } from '../shared/cache/model-cache.service.js';
import { METRIC_TYPES, type MetricType } from './measurement.js';
import { BUCKETS, type Bucket } from './metrics.query.js';

const nullable = { nullable: true } as const;

/** The points of one bucket. */
export class MetricBucketDto {
  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'When the bucket begins; the first one may begin before `from`.',
  })
  at: string;

  @ApiProperty({ type: 'integer', minimum: 1, description: 'How many points.' })
  count: number;

  @ApiProperty({
    minimum: 0,
    description: 'Points a second, over what of the bucket lies between `from` and `to`.',
  })
  rate: number;

  @ApiProperty({ description: 'Mean of its points.' })
  mean: number;

  @ApiProperty({ description: 'The least.' })
  min: number;

  @ApiProperty({ description: 'The greatest.' })
  max: number;

  @ApiProperty({ description: 'All of its points added up.' })
  sum: number;

  @ApiProperty({
    description:
      'Median. Percentiles are those of a sketch, between points by interpolation: within 1 % of ' +
      'the exact ones.',
  })
  p50: number;

  @ApiProperty({ description: '95th percentile.' })
  p95: number;

  @ApiProperty({ description: '99th percentile.' })
  p99: number;
}

/** The newest point. */
export class LastPointDto {
  @ApiProperty({ description: 'What was measured.' })
  value: number;

  @ApiProperty({ type: String, format: 'date-time', description: 'When.' })
  at: string;
}

/** All points of the range; null where there are none. */
export class MetricTotalDto {
  @ApiProperty({ type: 'integer', minimum: 0, description: 'How many points.' })
  count: number;

  @ApiProperty({ minimum: 0, description: 'Points a second, from `from` to `to`.' })
  rate: number;

  @ApiProperty({ type: Number, ...nullable, description: 'Mean of all points.' })
  mean: number | null;

  @ApiProperty({ type: Number, ...nullable, description: 'Median.' })
  p50: number | null;

  @ApiProperty({ type: Number, ...nullable, description: '95th percentile.' })
  p95: number | null;

  @ApiProperty({ type: Number, ...nullable, description: '99th percentile.' })
  p99: number | null;

  @ApiProperty({ description: 'All points added up; 0: there are none.' })
  sum: number;
}

/** What the points of one type come to. */
export class MetricSeriesDto {
  @ApiProperty({
    enum: METRIC_TYPES,
    enumName: 'MetricType',
    description:
      '`latency`: milliseconds. `cost`: US dollars. `certification`: 1 for a verdict that passed, ' +
      '0 for one that did not. `error_rate`: 0 for a call that was answered and a run that passed or ' +
      'refuted a claim, 1 for one that failed by a fault of the deployment; no point for one that ' +
      'was throttled, refused for what it asked, filtered, cancelled, stopped by its budget, or ' +
      'failed by a fault of this service. ' +
      '`throttled`: 1 for each that was throttled. `usage`: tokens of calls. `http_latency` and ' +
      '`http_error_rate`, of the API itself and of no deployment: mean in milliseconds, and share ' +
      'of answers that were 5xx, of each route over about ten seconds; each of its requests counts ' +
      'as a point of that value.',
  })
  metricType: MetricType;

  @ApiProperty({ type: [MetricBucketDto], description: 'In order; without the empty ones.' })
  points: MetricBucketDto[];

  @ApiProperty({
    type: LastPointDto,
    ...nullable,
    description: 'The newest point of the range; null: there is none.',
  })
  last: LastPointDto | null;

  @ApiProperty({ type: MetricTotalDto, description: 'What all points of the range come to.' })
  total: MetricTotalDto;
}

/** Metrics of a deployment over time. */
export class DeploymentMetricsDto {
  @ApiProperty({ type: String, format: 'date-time', description: 'When the range begins.' })
  from: string;

  @ApiProperty({ type: String, format: 'date-time', description: 'When it ends; not part of it.' })
  to: string;

  @ApiProperty({ enum: BUCKETS, enumName: 'MetricBucket', description: 'How long a bucket is.' })
  bucket: Bucket;

  @ApiProperty({ type: [MetricSeriesDto], description: 'One for each type asked for.' })
  series: MetricSeriesDto[];
}

/** What the cache did since its process started. */
export class CacheMetricsDto implements CacheCounts {
  @ApiProperty({ type: 'integer', minimum: 0, description: 'Answers found kept.' })
  hits: number;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Answers read from the database.' })
  misses: number;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'Requests that waited for a reading already under way.',
  })
  shared: number;

  @ApiProperty({
    type: Number,
    ...nullable,
    minimum: 0,
    maximum: 1,
    description: 'Hits of all requests; null: there were none.',
  })
  hitRatio: number | null;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Tags changed by its own writes.' })
  invalidatedHere: number;

  @ApiProperty({ type: 'integer', minimum: 0, description: "… by other processes' writes." })
  invalidatedElsewhere: number;
}

/** Metrics over time, and the cache of the process that answers. */
export class MetricsDto extends DeploymentMetricsDto {
  @ApiProperty({ type: CacheMetricsDto, description: 'The cache of the process that answers.' })
  cache: CacheMetricsDto;
}
