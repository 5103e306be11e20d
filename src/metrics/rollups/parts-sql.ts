import { Prisma, type RollupWidth } from '../../generated/prisma/client.js';
import { whereAll } from '../../shared/database/listing.js';
import type { PrismaService } from '../../shared/database/prisma.service.js';
import type { MetricType } from '../metric-point.js';
import type { Coverage, Due, Span } from './coverage.js';
import { REGION_OF_POINT } from './rollup-sql.js';
import type { Binned } from './sketch.js';
import { BIN_OF_VALUE, summaries } from './summary-sql.js';

/** Whose points are meant. */
export interface Scope {
  readonly types: readonly MetricType[];
  /** Ids by which roll-ups are kept: of deployments, a provider or a base model; '': of all. */
  readonly subjects: readonly string[];
  readonly conditions: readonly Prisma.Sql[];
  readonly region: string | undefined;
}

/** What the points of a type in a piece of time come to. */
export interface Piece {
  readonly metricType: MetricType;
  /** When it begins: milliseconds of the epoch. */
  readonly at: number;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** A piece that can be put together with others. */
export interface Part extends Piece, Binned {
  readonly last: number;
  readonly lastAt: number;
}

/** The buckets of a range whose roll-ups lack points; those before the points kept lack none. */
export async function selectDue(prisma: PrismaService, { from, to }: Span): Promise<Due> {
  const rows = await prisma.select<{ width: RollupWidth; at: number }>(Prisma.sql`
    SELECT DISTINCT width::text, ${epoch(Prisma.sql`at`)} AS at
      FROM system_metric_rollups_due due
     WHERE at > ${time(from)} - interval '1 day' AND at < ${time(to)}
       AND (width = 'day' OR at >= (SELECT "rawFrom" FROM system_metric_retention))`);
  const starts = (of: RollupWidth) =>
    new Set(rows.filter(({ width }) => width === of).map(({ at }) => at));
  return { hours: starts('hour'), days: starts('day') };
}

/** The parts that make up a coverage: each point is in exactly one. */
export function selectParts(
  prisma: PrismaService,
  scope: Scope,
  { days, hours, points }: Coverage,
  stepMs: number,
): Promise<Part[]> {
  return prisma.select<Part>(Prisma.sql`
    ${rollups(scope, 'day', days, PART)} UNION ALL
    ${rollups(scope, 'hour', hours, PART)} UNION ALL
    ${pointsOf(scope, points, stepMs)}`);
}

/** The roll-ups of hours: many, of which no more is read than is shown. */
export function selectHours(
  prisma: PrismaService,
  scope: Scope,
  spans: readonly Span[],
): Promise<Piece[]> {
  return prisma.select<Piece>(rollups(scope, 'hour', spans, PIECE));
}

function rollups(
  { types, subjects, region }: Scope,
  width: RollupWidth,
  spans: readonly Span[],
  columns: Prisma.Sql,
): Prisma.Sql {
  return Prisma.sql`
    SELECT ${columns}
      FROM ${spansOf(spans)}
      JOIN system_metric_rollups ON at >= lower AND at < upper
     WHERE subject = ANY(${subjects}::text[]) AND "metricType" = ANY(${types}::text[])
       AND width = ${width}::"RollupWidth"
       AND ${region === undefined ? Prisma.sql`"isWhole"` : Prisma.sql`region = ${region}`}`;
}

function pointsOf(scope: Scope, spans: readonly Span[], stepMs: number): Prisma.Sql {
  const { types, region } = scope;
  const where = [Prisma.sql`"metricType" = ANY(${types}::text[])`, ...scope.conditions];
  if (region !== undefined) where.push(Prisma.sql`${REGION_OF_POINT} = ${region}`);
  const binned = Prisma.sql`
    SELECT "metricType", date_bin(${`${stepMs} ms`}::interval, timestamp, TIMESTAMP '1970-01-01') AS at,
           ${BIN_OF_VALUE} AS bin, count(*) AS n, sum(value) AS sum, min(value) AS min,
           max(value) AS max, max(ARRAY[extract(epoch FROM timestamp)::float8, value]) AS last
      FROM ${spansOf(spans)}
      JOIN system_metrics ON timestamp >= lower AND timestamp < upper ${whereAll(where)}
     GROUP BY 1, 2, 3`;
  return Prisma.sql`
    SELECT ${PART}
      FROM (${summaries(binned, '"metricType", at')}) summed`;
}

function spansOf(spans: readonly Span[]): Prisma.Sql {
  const times = (end: keyof Span) =>
    spans.map((span) => new Date(span[end]).toISOString().replace('Z', ''));
  return Prisma.sql`
    unnest(${times('from')}::timestamp[], ${times('to')}::timestamp[]) AS span (lower, upper)`;
}

const PIECE = Prisma.sql`
  "metricType", ${epoch(Prisma.sql`at`)} AS at, count::float8, sum, min, max, p50, p95, p99`;

const PART = Prisma.sql`
  ${PIECE}, last, ${epoch(Prisma.sql`"lastAt"`)} AS "lastAt", to_json(bins) AS bins,
  to_json(counts) AS counts`;

/** Milliseconds of the epoch. */
function epoch(column: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(extract(epoch FROM ${column}) * 1000)::float8`;
}

function time(milliseconds: number): Prisma.Sql {
  return Prisma.sql`${new Date(milliseconds).toISOString()}::timestamptz AT TIME ZONE 'UTC'`;
}
