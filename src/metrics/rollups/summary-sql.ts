import { Prisma } from '../../generated/prisma/client.js';
import { BIN_MIDDLE, LN_GAMMA, ZERO_BIN } from './sketch.js';

/** The bin of a point in its sketch. Of what is hardly more than 0, or not finite, the last one. */
const BIN_OF_VALUE = Prisma.sql`
  CASE WHEN value > 1e-300
       THEN ceil(ln(least(value, 1e300)) / ${Prisma.raw(String(LN_GAMMA))})::int
       ELSE ${Prisma.raw(String(ZERO_BIN))} END`;

/** How many values a point stands for: of the API itself, the mean of so many requests. */
const WEIGHT = Prisma.sql`
  CASE WHEN "metricType" IN ('http_latency', 'http_error_rate')
       THEN coalesce((metadata->>'requests')::int, 1) ELSE 1 END`;

/** The columns of points in their bins, as `summaries` takes them; grouped by `bin` and what else is kept. */
export const BINNED_POINTS = Prisma.sql`
  ${BIN_OF_VALUE} AS bin, sum(${WEIGHT}) AS n, sum(value * ${WEIGHT}) AS sum, min(value) AS min,
  max(value) AS max, max(ARRAY[extract(epoch FROM timestamp)::float8, value]) AS last`;

/**
 * The bins of roll-ups, as `summaries` takes them: their sum is told with the first, lest it counts
 * for each.
 * @param names columns that are kept
 * @param from the roll-ups: what follows FROM
 * @param where which of them: what follows WHERE
 */
export function binsOf(names: string, from: Prisma.Sql, where: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT ${Prisma.raw(names)}, bin, n, CASE place WHEN 1 THEN sum ELSE 0 END AS sum, min, max,
           ARRAY[extract(epoch FROM "lastAt")::float8, last] AS last
      FROM ${from}
     CROSS JOIN LATERAL unnest(bins, counts) WITH ORDINALITY AS binned (bin, n, place)
     WHERE ${where}`;
}

/** The columns of a roll-up that say what its points come to, as `summaries` names them. */
export const SUMMARY_COLUMNS = Prisma.raw(
  'count, sum, min, max, p50, p95, p99, last, "lastAt", bins, counts',
);

/**
 * What the points of each group come to: these columns, and those that name the group.
 * @param binned a select of `names`; `bin`, and of the points in it their number `n`, `sum`, `min`,
 *   `max` and `last`, an array of the newest one's epoch and value
 * @param names columns that name a group
 * @param groups what a group is, each by some of the names; the others are null then
 */
export function summaries(
  binned: Prisma.Sql,
  names: string,
  groups: readonly string[] = [names],
): Prisma.Sql {
  const group = Prisma.raw(names);
  const sets = Prisma.raw(groups.map((some) => `(${some}, bin)`).join(', '));
  // The percentiles are those of `mergedPercentiles`.
  return Prisma.sql`
    SELECT ${group}, max(count) AS count, sum(sum) AS sum, min(min) AS min, max(max) AS max,
           ${percentile(0.5)} AS p50, ${percentile(0.95)} AS p95, ${percentile(0.99)} AS p99,
           (max(last))[2] AS last,
           to_timestamp((max(last))[1]) AT TIME ZONE 'UTC' AS "lastAt",
           array_agg(bin ORDER BY bin) AS bins, array_agg(n ORDER BY bin) AS counts
      FROM (SELECT binned.*, sum(n) OVER (points ORDER BY bin)::bigint AS upto,
                   sum(n) OVER points::bigint AS count,
                   CASE bin WHEN max(bin) OVER points THEN max(max) OVER points
                            WHEN min(bin) OVER points THEN min(min) OVER points
                            ELSE exp(bin * ${Prisma.raw(String(LN_GAMMA))})
                                 * ${Prisma.raw(String(BIN_MIDDLE))} END AS middle
              FROM (SELECT ${group}, bin, sum(n)::bigint AS n, sum(sum) AS sum,
                           min(min) AS min, max(max) AS max, max(last) AS last
                      FROM (${binned}) points
                     GROUP BY GROUPING SETS (${sets})) binned
            WINDOW points AS (PARTITION BY ${group})) placed
     GROUP BY ${group}`;
}

/** The value that this share of the points of a group is not greater than. */
function percentile(share: number): Prisma.Sql {
  const rank = Prisma.raw(`(${share} * (count - 1))`);
  const pointAt = (whole: Prisma.Sql) => Prisma.sql`min(middle) FILTER (WHERE upto > ${whole})`;
  const below = pointAt(Prisma.sql`floor(${rank})`);
  return Prisma.sql`
    ${below} + (${pointAt(Prisma.sql`ceil(${rank})`)} - ${below}) * (max(${rank}) % 1)::float8`;
}
