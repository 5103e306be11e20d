import { Prisma, type RollupWidth } from '../../generated/prisma/client.js';
import { whereAll } from '../../shared/database/listing.js';
import type { PrismaService } from '../../shared/database/prisma.service.js';
import type { MetricType } from '../measurement.js';
import type { Coverage, Due, Span } from './coverage.js';
import { moment, REGION_OF_POINT, WITHOUT_HOURS } from './rollup-sql.js';
import type { Binned } from './sketch.js';
import { BINNED_POINTS, binsOf, summaries } from './summary-sql.js';

/** Whose points are meant. */
export interface Scope {
  readonly types: readonly MetricType[];
  /** Ids by which roll-ups are kept: of deployments, a provider or a base model; '': of all. */
  readonly subjects: readonly string[];
  readonly conditions: readonly Prisma.Sql[];
  readonly region: string | undefined;
}

/** What the points of a type in a part of time come to; it can be put together with others. */
export interface Part extends Binned {
  readonly metricType: MetricType;
  /** When it begins: milliseconds of the epoch. */
  readonly at: number;
  readonly count: number;
  readonly sum: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly last: number;
  readonly lastAt: number;
  /** Of a day when they are asked for: its hours that have points, in order. */
  readonly hours: readonly HourOfDay[] | null;
}

/** What the points of an hour come to: hour, count, sum, min, max, p50, p95, p99. */
export type HourOfDay = readonly [
  hour: number,
  count: number,
  sum: number,
  min: number,
  max: number,
  p50: number,
  p95: number,
  p99: number,
];

/**
 * The buckets of a range whose roll-ups lack points or hours; those before the points kept lack no
 * point.
 */
export async function selectDue(prisma: PrismaService, { from, to }: Span): Promise<Due> {
  const rows = await prisma.select<{ width: RollupWidth; at: number }>(Prisma.sql`
    SELECT DISTINCT width::text, ${epoch(Prisma.sql`at`)} AS at
      FROM system_metric_rollups_due due
     WHERE at > ${moment(from)} - interval '1 day' AND at < ${moment(to)}
       AND (width = 'day' OR at >= (SELECT "rawFrom" FROM system_metric_retention))
     UNION
    SELECT 'day', ${epoch(Prisma.sql`at`)} FROM system_metric_rollups
     WHERE ${WITHOUT_HOURS} AND at > ${moment(from)} - interval '1 day' AND at < ${moment(to)}`);
  const starts = (of: RollupWidth) =>
    new Set(rows.filter(({ width }) => width === of).map(({ at }) => at));
  return { hours: starts('hour'), days: starts('day') };
}

/** How finely a coverage is read. */
export interface Detail {
  /** Points are put together over so many milliseconds. */
  readonly stepMs: number;
  /** Whether each day also tells its hours. */
  readonly hours: boolean;
}

/** The parts that make up a coverage: each point is in exactly one. */
export function selectParts(
  prisma: PrismaService,
  scope: Scope,
  { days, hours, points }: Coverage,
  detail: Detail,
): Promise<Part[]> {
  const hoursOfDay = detail.hours ? Prisma.sql`hours` : NO_HOURS;
  return prisma.select<Part>(Prisma.sql`
    ${rollups(scope, 'day', days, hoursOfDay)} UNION ALL
    ${rollups(scope, 'hour', hours, NO_HOURS)} UNION ALL
    ${pointsOf(scope, points, detail.stepMs)}`);
}

const NO_HOURS = Prisma.sql`NULL::json AS hours`;

/** The roll-ups of one subject; of several, those of the same time put together. */
function rollups(
  { types, subjects, region }: Scope,
  width: RollupWidth,
  spans: readonly Span[],
  hours: Prisma.Sql,
): Prisma.Sql {
  const from = Prisma.sql`
    ${spansOf(spans)} JOIN system_metric_rollups ON at >= lower AND at < upper`;
  const where = Prisma.sql`
    subject = ANY(${subjects}::text[]) AND "metricType" = ANY(${types}::text[])
    AND width = ${width}::"RollupWidth"
    AND ${region === undefined ? Prisma.sql`"isWhole"` : Prisma.sql`region = ${region}`}`;
  if (subjects.length < 2) return Prisma.sql`SELECT ${PART}, ${hours} FROM ${from} WHERE ${where}`;
  const names = '"metricType", at';
  const together = summaries(binsOf(names, from, where), names);
  return Prisma.sql`SELECT ${PART}, ${NO_HOURS} FROM (${together}) together`;
}

function pointsOf(scope: Scope, spans: readonly Span[], stepMs: number): Prisma.Sql {
  const { types, region } = scope;
  const where = [Prisma.sql`"metricType" = ANY(${types}::text[])`, ...scope.conditions];
  if (region !== undefined) where.push(Prisma.sql`${REGION_OF_POINT} = ${region}`);
  const binned = Prisma.sql`
    SELECT "metricType", date_bin(${`${stepMs} ms`}::interval, timestamp, TIMESTAMP '1970-01-01') AS at,
           ${BINNED_POINTS}
      FROM ${spansOf(spans)}
      JOIN system_metrics ON timestamp >= lower AND timestamp < upper ${whereAll(where)}
     GROUP BY 1, 2, 3`;
  return Prisma.sql`
    SELECT ${PART}, ${NO_HOURS}
      FROM (${summaries(binned, '"metricType", at')}) summed`;
}

function spansOf(spans: readonly Span[]): Prisma.Sql {
  const times = (end: keyof Span) =>
    spans.map((span) => new Date(span[end]).toISOString().replace('Z', ''));
  return Prisma.sql`
    unnest(${times('from')}::timestamp[], ${times('to')}::timestamp[]) AS span (lower, upper)`;
}

const PART = Prisma.sql`
  "metricType", ${epoch(Prisma.sql`at`)} AS at, count::float8, sum, min, max, p50, p95, p99, last,
  ${epoch(Prisma.sql`"lastAt"`)} AS "lastAt", to_json(bins) AS bins, to_json(counts) AS counts`;

/** Milliseconds of the epoch. */
function epoch(column: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`date_part('epoch', ${column}) * 1000`;
}
