import { Prisma } from '../generated/prisma/client.js';
import { atAllowedProviders } from '../shared/database/allowed-providers.js';
import { isoTime, whereAll } from '../shared/database/listing.js';
import type { PrismaService } from '../shared/database/prisma.service.js';
import { METRIC_TYPES, type MetricType } from './metric-point.js';
import type { MetricRange } from './metric-range.js';
import type { MetricSeriesDto } from './metrics.dto.js';
import { BUCKETS, type MetricsQuery } from './metrics.query.js';

/** What a group of points comes to. */
interface Summary {
  readonly metricType: MetricType;
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** The points of a bucket; without `at`, all of a type. */
interface Row extends Summary {
  readonly at: string | null;
  /** Epoch in seconds, and value. */
  readonly last: [number, number];
}

/** The series of the types asked for, computed from the points themselves. */
export async function selectSeries(
  prisma: PrismaService,
  query: Omit<MetricsQuery, 'from' | 'to' | 'bucket'>,
  range: MetricRange,
): Promise<MetricSeriesDto[]> {
  const types = query.metricType === undefined ? METRIC_TYPES : [query.metricType];
  const rows = await prisma.select<Row>(statement(query, types, range));
  return types.map((type) =>
    seriesOf(
      type,
      rows.filter(({ metricType }) => metricType === type),
    ),
  );
}

function statement(
  { deploymentId, providerId, baseModelId }: Omit<MetricsQuery, 'from' | 'to' | 'bucket'>,
  types: readonly MetricType[],
  { from, to, bucket }: MetricRange,
): Prisma.Sql {
  const where = [
    Prisma.sql`"metricType" = ANY(${types}::text[])`,
    Prisma.sql`timestamp >= ${from.toISOString()}::timestamptz AT TIME ZONE 'UTC'`,
    Prisma.sql`timestamp < ${to.toISOString()}::timestamptz AT TIME ZONE 'UTC'`,
  ];
  if (deploymentId !== undefined) where.push(Prisma.sql`"deploymentId" = ${deploymentId}`);
  if (providerId !== undefined) where.push(ofDeployments(Prisma.sql`"providerId" = ${providerId}`));
  if (baseModelId !== undefined) {
    where.push(ofDeployments(Prisma.sql`"baseModelId" = ${baseModelId}`));
  }
  for (const condition of atAllowedProviders(Prisma.sql`"providerId"`)) {
    where.push(ofDeployments(condition));
  }
  // Arrays compare by their first elements first: the greatest is the newest point.
  return Prisma.sql`
    SELECT "metricType", ${isoTime('at')} AS at, count(*)::int AS count, avg(value) AS mean,
           min(value) AS min, max(value) AS max, sum(value) AS sum,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY value) AS p50,
           percentile_cont(0.95) WITHIN GROUP (ORDER BY value) AS p95,
           percentile_cont(0.99) WITHIN GROUP (ORDER BY value) AS p99,
           max(ARRAY[extract(epoch FROM timestamp)::float8, value]) AS last
      FROM (SELECT "metricType", value, timestamp,
                   date_bin(${BUCKETS[bucket]}::interval, timestamp, TIMESTAMP '1970-01-01') AS at
              FROM system_metrics ${whereAll(where)}) points
     GROUP BY GROUPING SETS (("metricType", at), ("metricType"))
     ORDER BY "metricType", points.at`;
}

function ofDeployments(condition: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`"deploymentId" IN (SELECT id FROM model_deployments WHERE ${condition})`;
}

function seriesOf(metricType: MetricType, rows: readonly Row[]): MetricSeriesDto {
  const whole = rows.find(({ at }) => at === null);
  const points = rows.flatMap(({ metricType: _type, last: _last, at, ...values }) =>
    at === null ? [] : [{ at, ...values }],
  );
  return { metricType, points, ...overall(whole) };
}

function overall(whole: Row | undefined): Pick<MetricSeriesDto, 'last' | 'total'> {
  if (!whole) {
    const nothing = { mean: null, p50: null, p95: null, p99: null };
    return { last: null, total: { count: 0, ...nothing, sum: 0 } };
  }
  const { count, mean, p50, p95, p99, sum } = whole;
  const [seconds, value] = whole.last;
  const at = new Date(Math.round(seconds * 1000)).toISOString();
  return { last: { value, at }, total: { count, mean, p50, p95, p99, sum } };
}
