import { Prisma, type RollupWidth } from '../../generated/prisma/client.js';
import { GLOBAL_REGION } from '../../shared/region.js';
import { BINNED_POINTS, binsOf, summaries, SUMMARY_COLUMNS } from './summary-sql.js';

/** The advisory lock of whoever sums up points, or says which of them may go: one at a time. */
export const ROLLUP_LOCK = 4_711_002;

/** The region of a point, as of a deployment whose provider has none when it says none. */
export const REGION_OF_POINT = Prisma.sql`coalesce(metadata->>'region', ${GLOBAL_REGION})`;

/** Days that a version before this one summed up, which told no hours. */
export const WITHOUT_HOURS = Prisma.sql`width = 'day' AND hours IS NULL`;

/** A moment as the columns hold it. @param at a number: milliseconds of the epoch */
export function moment(at: Date | number): Prisma.Sql {
  return Prisma.sql`${new Date(at).toISOString()}::timestamptz AT TIME ZONE 'UTC'`;
}

/** Writes the roll-ups of one bucket: of an hour from its points, of a day from its hours. */
export function insertRollups(width: RollupWidth, at: Date): Prisma.Sql {
  const summed = summaries(
    width === 'hour' ? pointsOf(at) : hoursOf(at),
    'subject, "metricType", region',
    ['subject, "metricType", region', 'subject, "metricType"'],
  );
  // All regions together are left out where there is one.
  return Prisma.sql`
    INSERT INTO system_metric_rollups
           (subject, "metricType", width, at, region, "isWhole", ${SUMMARY_COLUMNS}, hours)
    SELECT subject, "metricType", ${width}::"RollupWidth", ${moment(at)},
           coalesce(region, ''), region IS NULL OR alike = 2, ${SUMMARY_COLUMNS},
           ${width === 'day' ? eachHour(at) : Prisma.sql`NULL`}
      FROM (SELECT *, count(*) OVER (PARTITION BY subject, "metricType") AS alike
              FROM (${summed}) summed) counted
     WHERE region IS NOT NULL OR alike > 2`;
}

/** The points of an hour, for their deployment, its provider and model as they are now, and all. */
function pointsOf(at: Date): Prisma.Sql {
  return Prisma.sql`
    SELECT subject, "metricType", region, bin, n, sum, min, max, last
      FROM (SELECT "deploymentId", "metricType", ${REGION_OF_POINT} AS region,
                   ${BINNED_POINTS}
              FROM system_metrics
             WHERE timestamp >= ${moment(at)} AND timestamp < ${moment(at)} + interval '1 hour'
             GROUP BY 1, 2, 3, 4) point
      LEFT JOIN model_deployments d ON d.id = point."deploymentId"
     CROSS JOIN LATERAL
           unnest(ARRAY['', point."deploymentId", d."providerId", d."baseModelId"]) AS subject
     WHERE subject IS NOT NULL`;
}

function hoursOf(at: Date): Prisma.Sql {
  return binsOf(
    'subject, "metricType", region',
    Prisma.sql`system_metric_rollups`,
    Prisma.sql`width = 'hour' AND region <> ''
      AND at >= ${moment(at)} AND at < ${moment(at)} + interval '1 day'`,
  );
}

/** What each hour of a day comes to, for the group of a summary. */
function eachHour(at: Date): Prisma.Sql {
  return Prisma.sql`
    (SELECT json_agg(json_build_array(extract(hour FROM at), hour.count, hour.sum, hour.min, hour.max,
                                      hour.p50, hour.p95, hour.p99) ORDER BY at)
       FROM system_metric_rollups hour
      WHERE hour.subject = counted.subject AND hour."metricType" = counted."metricType"
        AND width = 'hour' AND at >= ${moment(at)} AND at < ${moment(at)} + interval '1 day'
        AND CASE WHEN counted.region IS NULL THEN "isWhole" ELSE hour.region = counted.region END)`;
}
