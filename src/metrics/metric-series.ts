import { Prisma } from '../generated/prisma/client.js';
import {
  allowedDeployments,
  allowedProviders,
  atAllowedProviders,
} from '../shared/database/allowed-providers.js';
import type { PrismaService } from '../shared/database/prisma.service.js';
import { METRIC_TYPES } from './measurement.js';
import { WIDTH_MS, type MetricRange } from './metric-range.js';
import type { MetricBucketDto, MetricSeriesDto } from './metrics.dto.js';
import type { MetricsQuery } from './metrics.query.js';
import { coverageOf, withoutDays, type Coverage, type Span } from './rollups/coverage.js';
import { selectDue, selectParts, type Part, type Scope } from './rollups/parts-sql.js';
import { mergedPercentiles } from './rollups/sketch.js';

/** Whose points a query asks for. */
export type MetricFilter = Omit<MetricsQuery, 'from' | 'to' | 'bucket'>;

/** The series of the types asked for: from the roll-ups where they lack nothing, else points. */
export async function selectSeries(
  prisma: PrismaService,
  filter: MetricFilter,
  { from, to, bucket }: MetricRange,
): Promise<MetricSeriesDto[]> {
  const range = { from: from.getTime(), to: to.getTime() };
  const width = WIDTH_MS[bucket];
  const scope = await scopeOf(prisma, filter);
  const coverage = await coverageFor(prisma, scope, range, width);
  const detail = { stepMs: Math.min(width, HOUR_MS), hours: width === HOUR_MS };
  const parts = await selectParts(prisma, scope, coverage, detail);
  return scope.types.map((metricType) => {
    const ours = parts.filter((part) => part.metricType === metricType);
    const points = [
      ...bucketsOf(
        ours.filter(({ hours }) => hours === null),
        width,
        range,
      ),
      ...ours.flatMap((part) => hoursOf(part, range)),
    ];
    points.sort((a, b) => (a.at < b.at ? -1 : 1));
    return { metricType, points, ...overall(ours, range) };
  });
}

const HOUR_MS = WIDTH_MS['1h'];

/**
 * No roll-up is fine enough for buckets of less than an hour. What days tell of their hours cannot be
 * put together.
 */
async function coverageFor(
  prisma: PrismaService,
  { subjects }: Scope,
  range: Span,
  width: number,
): Promise<Coverage> {
  if (width < HOUR_MS) return { days: [], hours: [], points: [range] };
  const coverage = coverageOf(range, await selectDue(prisma, range));
  return width === HOUR_MS && subjects.length > 1 ? withoutDays(coverage) : coverage;
}

/** Roll-ups are kept for one id: where no such one is meant, those of each deployment are read. */
async function scopeOf(prisma: PrismaService, filter: MetricFilter): Promise<Scope> {
  const { deploymentId, providerId, baseModelId, region, metricType } = filter;
  const ofDeployments = [
    ...(providerId === undefined ? [] : [Prisma.sql`"providerId" = ${providerId}`]),
    ...(baseModelId === undefined ? [] : [Prisma.sql`"baseModelId" = ${baseModelId}`]),
    ...atAllowedProviders(Prisma.sql`"providerId"`),
  ];
  const conditions = ofDeployments.map(
    (condition) =>
      Prisma.sql`"deploymentId" IN (SELECT id FROM model_deployments WHERE ${condition})`,
  );
  if (deploymentId !== undefined) conditions.push(Prisma.sql`"deploymentId" = ${deploymentId}`);
  const types = metricType === undefined ? METRIC_TYPES : [metricType];
  const subjects = await subjectsOf(prisma, filter);
  return { types, subjects, conditions, region };
}

/** Ids by which the roll-ups are kept of all that a caller may see and asks for. */
async function subjectsOf(
  prisma: PrismaService,
  { deploymentId, providerId, baseModelId }: MetricFilter,
): Promise<string[]> {
  const allowed = allowedProviders();
  const select = { id: true } as const;
  const idsOf = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id);
  if (deploymentId === undefined && baseModelId === undefined) {
    if (providerId === undefined && !allowed) return [''];
    const where = { AND: [{ id: providerId }, allowed ?? {}] };
    return idsOf(await prisma.provider.findMany({ where, select }));
  }
  if (providerId === undefined && !allowed) {
    if (baseModelId === undefined) return [deploymentId ?? '']; // perhaps one that was removed
    if (deploymentId === undefined) {
      return idsOf(await prisma.baseModel.findMany({ where: { id: baseModelId }, select }));
    }
  }
  const where = {
    AND: [{ id: deploymentId, providerId, baseModelId }, allowedDeployments() ?? {}],
  };
  return idsOf(await prisma.modelDeployment.findMany({ where, select }));
}

function bucketsOf(parts: readonly Part[], width: number, range: Span): MetricBucketDto[] {
  const buckets = new Map<number, Part[]>();
  for (const part of parts) {
    const at = part.at - (part.at % width);
    const bucket = buckets.get(at);
    if (bucket) bucket.push(part);
    else buckets.set(at, [part]);
  }
  return [...buckets].map(([at, inBucket]) => bucketOf(at, merged(inBucket), width, range));
}

/** What a day that tells its hours shows of them. */
function hoursOf({ at, hours }: Part, range: Span): MetricBucketDto[] {
  return (hours ?? []).map(([hour, count, sum, min, max, p50, p95, p99]) =>
    bucketOf(at + hour * HOUR_MS, { count, sum, min, max, p50, p95, p99 }, HOUR_MS, range),
  );
}

function bucketOf(at: number, points: Points, width: number, { from, to }: Span): MetricBucketDto {
  const seconds = (Math.min(at + width, to) - Math.max(at, from)) / 1000;
  const { count, sum, min, max, p50, p95, p99 } = points;
  const rate = count / seconds;
  return { at: iso(at), count, rate, mean: sum / count, min, max, sum, p50, p95, p99 };
}

/** What points come to, whenever they were. */
type Points = Pick<Part, 'count' | 'sum' | 'min' | 'max' | 'p50' | 'p95' | 'p99'>;

/** What parts come to together. */
function merged(parts: readonly Part[]): Points {
  const [first, ...more] = parts;
  if (first && more.length === 0) return first;
  let [count, sum, min, max] = [0, 0, Infinity, -Infinity];
  for (const part of parts) {
    count += part.count;
    sum += part.sum;
    min = Math.min(min, part.min);
    max = Math.max(max, part.max);
  }
  return { count, sum, min, max, ...mergedPercentiles(parts) };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

function overall(
  parts: readonly Part[],
  { from, to }: Span,
): Pick<MetricSeriesDto, 'last' | 'total'> {
  const newest = parts.reduce<Part | null>(
    (best, part) => (best && best.lastAt >= part.lastAt ? best : part),
    null,
  );
  if (!newest) {
    const nothing = { mean: null, p50: null, p95: null, p99: null };
    return { last: null, total: { count: 0, rate: 0, sum: 0, ...nothing } };
  }
  const { count, sum, p50, p95, p99 } = merged(parts);
  const rate = count / ((to - from) / 1000);
  return {
    last: { value: newest.last, at: iso(newest.lastAt) },
    total: { count, rate, sum, mean: sum / count, p50, p95, p99 },
  };
}
