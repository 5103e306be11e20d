// Bare Fastify and pg: the list of deployments, its JSON built by one prepared statement.
import fastify from 'fastify';
import pg from 'pg';

import { serveBaseline } from './children.js';

export interface SqlTask {
  readonly databaseUrl: string;
  /** The fields of an answer, each a column of `model_deployments`. */
  readonly fields: readonly string[];
}

interface ListedRow {
  row: string;
  key: string;
  id: string;
}

function isTask(value: unknown): value is SqlTask {
  return typeof value === 'object' && value !== null && 'databaseUrl' in value && 'fields' in value;
}

serveBaseline(isTask, async ({ databaseUrl, fields }) => {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 20 });
  const json = await jsonOf(pool, fields);
  // As fast as aggregating in SQL; row_to_json or a window over the rows takes twice as long.
  const statement = (where: string) => `
    SELECT (${json})::text AS row, "createdAt"::text AS key, id FROM model_deployments ${where}
     ORDER BY "createdAt" DESC, id DESC LIMIT $1::int + 1`;
  const first = { name: 'first', text: statement('') };
  const next = { name: 'next', text: statement('WHERE ("createdAt", id) < ($2::timestamp, $3)') };

  const app = fastify();
  app.get('/api/v2/deployments', async (request, reply) => {
    const { limit, cursor } = queryOf(request.query);
    const query = cursor
      ? { ...next, values: [limit, ...decode(cursor)] }
      : { ...first, values: [limit] };
    const { rows } = await pool.query<ListedRow>(query);
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const nextCursor = rows.length > limit && last ? encode(last) : null;
    const data = shown.map(({ row }) => row).join(',');
    return reply
      .type('application/json; charset=utf-8')
      .send(`{"data":[${data}],"page":${JSON.stringify({ limit, nextCursor })}}`);
  });
  return app.listen({ host: '127.0.0.1', port: 0 });
});

/** An expression that builds a row's answer. @throws Error when a field is not a column */
async function jsonOf(pool: pg.Pool, fields: readonly string[]): Promise<string> {
  const { rows } = await pool.query<{ name: string; type: string }>(
    `SELECT column_name AS name, data_type AS type FROM information_schema.columns
      WHERE table_name = 'model_deployments'`,
  );
  const types = new Map(rows.map(({ name, type }) => [name, type]));
  const pairs = fields.map((field) => {
    const type = types.get(field);
    if (!type) throw new Error(`The baseline cannot build "${field}": it is not a column.`);
    const isTime = type.startsWith('timestamp');
    return `'${field}', ${isTime ? `to_char("${field}", 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')` : `"${field}"`}`;
  });
  return `json_build_object(${pairs.join(', ')})`;
}

function queryOf(query: unknown): { limit: number; cursor: string | null } {
  if (typeof query !== 'object' || query === null) return { limit: 50, cursor: null };
  const limit = 'limit' in query ? Number(query.limit) : 50;
  const cursor = 'cursor' in query && typeof query.cursor === 'string' ? query.cursor : null;
  return { limit, cursor };
}

function encode({ key, id }: ListedRow): string {
  return Buffer.from(JSON.stringify([key, id])).toString('base64url');
}

function decode(cursor: string): unknown[] {
  const position: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  return Array.isArray(position) ? position : [];
}
