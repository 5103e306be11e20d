import type { Client } from 'pg';

const DAYS = 30;
const TYPES = ['latency', 'error_rate', 'usage', 'cost'];

/**
 * Fills 30 days with points, in the order of their time as they would come: of every deployment,
 * four types, latencies of a log-normal distribution. Indexes are made afterwards; what is due to be
 * rolled up is what the trigger would have said.
 * @returns how many
 */
export async function fillPoints(client: Client, count: number): Promise<number> {
  const { rows } = await client.query<{ remove: string; restore: string }>(
    `SELECT format('DROP INDEX %s', indexrelid::regclass) AS remove,
            pg_get_indexdef(indexrelid) AS restore
       FROM pg_index WHERE indrelid = 'system_metrics'::regclass AND NOT indisprimary`,
  );
  for (const { remove } of rows) await client.query(remove);
  await client.query('ALTER TABLE system_metrics DISABLE TRIGGER points_make_rollups_due');
  await client.query('SELECT setseed(0.5)');
  const { rowCount } = await client.query(POINTS, [count, DAYS * 86_400, TYPES]);
  await client.query(`
    INSERT INTO system_metric_rollups_due (width, at)
    SELECT DISTINCT 'hour'::"RollupWidth", date_trunc('hour', timestamp) FROM system_metrics`);
  await client.query('ALTER TABLE system_metrics ENABLE TRIGGER points_make_rollups_due');
  for (const { restore } of rows) await client.query(restore);
  await client.query('VACUUM ANALYZE system_metrics');
  return rowCount ?? 0;
}

/** A number in order makes a valid uuid faster than chance does, and its index, too. */
const POINTS = `
  WITH deployment AS (
    SELECT array_agg(id ORDER BY "createdAt", id) AS ids,
           array_agg(coalesce(regions[1], 'global') ORDER BY "createdAt", id) AS regions
      FROM model_deployments
  )
  INSERT INTO system_metrics (id, "deploymentId", "metricType", value, timestamp, metadata)
  SELECT '00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'), ids[which], type,
         CASE type WHEN 'error_rate' THEN (random() < 0.01)::int
                   WHEN 'usage' THEN floor(200 + 3000 * random())
                   WHEN 'cost' THEN 0.02 * random()
                   ELSE exp(6.5 + 0.6 * random_normal()) END,
         date_trunc('minute', localtimestamp) - ($2 * (1 - n::float8 / $1)) * interval '1 second',
         jsonb_build_object('region', regions[which])
    FROM deployment, generate_series(0, $1::bigint - 1) AS n,
         LATERAL (SELECT ($3::text[])[1 + n % 4] AS type,
                         1 + (n / 4) % cardinality(ids) AS which) AS chosen`;
