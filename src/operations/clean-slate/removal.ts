import type pg from 'pg';
import { CATALOGUE_TABLE, HISTORY, NEW_HISTORY, OLD_TABLES } from './old-tables.js';

type Connection = pg.Pool | pg.PoolClient;

export interface Table {
  /** As SQL writes it. */
  readonly name: string;
  readonly rows: number;
}

/** What the clean slate removes from a database, and what it leaves. */
export interface Removal {
  /** Whether the database already holds the catalogue: then nothing is removed. */
  readonly isCatalogue: boolean;
  /** In the order in which they go. */
  readonly tables: readonly Table[];
  /** How many migrations of the old application Prisma remembers. */
  readonly history: number;
  /** Enumerated types that nothing but these tables uses, as SQL names them. */
  readonly types: readonly string[];
  /** What depends on these tables and goes with them: foreign keys of other tables, views. */
  readonly dependents: readonly string[];
  /** Every other table, which stays. */
  readonly others: readonly Table[];
}

/** What depends on the tables of $1, directly or by something else, and the tables themselves. */
const GONE = `
  WITH RECURSIVE old AS (SELECT to_regclass(name)::oid AS oid FROM unnest($1::text[]) AS name),
  gone(classid, objid, objsubid) AS (
    SELECT 'pg_class'::regclass::oid, oid, 0 FROM old WHERE oid IS NOT NULL
    UNION
    SELECT next.* FROM gone g CROSS JOIN LATERAL (
      SELECT d.classid, d.objid, d.objsubid FROM pg_depend d
      WHERE d.refclassid = g.classid AND d.refobjid = g.objid
        AND (g.objsubid = 0 OR d.refobjsubid = g.objsubid)
      UNION ALL
      SELECT 'pg_class'::regclass, r.ev_class, 0 FROM pg_rewrite r
      WHERE g.classid = 'pg_rewrite'::regclass AND r.oid = g.objid
    ) AS next
  )`;

/** Parts of a table that goes (columns, keys, indexes, sequences) are not worth a word. */
const DEPENDENTS = `${GONE}
  SELECT DISTINCT format('%s %s', named.type, named.identity) AS name
  FROM gone g CROSS JOIN LATERAL pg_identify_object(g.classid, g.objid, g.objsubid) AS named
  LEFT JOIN pg_class c ON g.classid = 'pg_class'::regclass AND c.oid = g.objid
  LEFT JOIN pg_constraint k ON g.classid = 'pg_constraint'::regclass AND k.oid = g.objid
  LEFT JOIN pg_trigger t ON g.classid = 'pg_trigger'::regclass AND t.oid = g.objid
  WHERE coalesce(c.oid, k.conrelid, t.tgrelid) NOT IN (SELECT oid FROM old WHERE oid IS NOT NULL)
    AND (c.relkind IN ('r', 'p', 'v', 'm', 'f') OR k.contype = 'f' OR t.tgisinternal = false)
    OR g.classid = 'pg_proc'::regclass
  ORDER BY 1`;

const TYPES = `${GONE}
  SELECT DISTINCT format_type(t.oid, NULL) AS name FROM pg_type t
  JOIN pg_depend used ON used.refclassid = 'pg_type'::regclass AND used.refobjid IN (t.oid, t.typarray)
  JOIN old ON used.classid = 'pg_class'::regclass AND used.objid = old.oid
  WHERE t.typtype = 'e' AND NOT EXISTS (
    SELECT 1 FROM pg_depend d
    WHERE d.refclassid = 'pg_type'::regclass AND d.refobjid IN (t.oid, t.typarray)
      AND d.deptype = 'n'
      AND NOT EXISTS (
        SELECT 1 FROM gone g
        WHERE g.classid = d.classid AND g.objid = d.objid AND g.objsubid IN (0, d.objsubid)))
  ORDER BY 1`;

const OTHERS = `
  SELECT c.oid::regclass::text AS name FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
    AND c.oid <> ALL (SELECT to_regclass(name) FROM unnest($1::text[]) AS name
                      WHERE to_regclass(name) IS NOT NULL)
  ORDER BY 1`;

/** Finds out what would be removed; changes nothing. */
export async function removalOf(connection: Connection): Promise<Removal> {
  if ((await existing(connection, [CATALOGUE_TABLE])).length > 0) return NOTHING;
  const names = await existing(connection, OLD_TABLES);
  const [history] = await counted(connection, await existing(connection, [HISTORY]));
  const others = await namesBy(connection, OTHERS, [...names, HISTORY]);
  return {
    isCatalogue: false,
    tables: await counted(connection, names),
    history: history?.rows ?? 0,
    types: await namesBy(connection, TYPES, names),
    dependents: await namesBy(connection, DEPENDENTS, names),
    others: await counted(connection, others),
  };
}

const NOTHING: Removal = {
  ...{ isCatalogue: true, tables: [], history: 0, types: [], dependents: [], others: [] },
};

/**
 * Removes it. The tables go in their order, then the types nobody uses any more; last, the history
 * is empty, and so the catalogue's migrations can begin.
 * @throws Error of PostgreSQL
 */
export async function remove(connection: Connection, { tables, types }: Removal): Promise<void> {
  for (const { name } of tables) await connection.query(`DROP TABLE IF EXISTS ${name} CASCADE`);
  for (const type of types) await connection.query(`DROP TYPE ${type}`);
  await connection.query(NEW_HISTORY);
  await connection.query(`DELETE FROM ${HISTORY}`);
}

async function existing(connection: Connection, names: readonly string[]): Promise<string[]> {
  const { rows } = await connection.query<{ name: string }>(
    `SELECT name FROM unnest($1::text[]) WITH ORDINALITY AS candidates(name, place)
     WHERE to_regclass(name) IS NOT NULL ORDER BY place`,
    [names],
  );
  return rows.map(({ name }) => name);
}

async function namesBy(
  connection: Connection,
  query: string,
  tables: readonly string[],
): Promise<string[]> {
  const { rows } = await connection.query<{ name: string }>(query, [tables]);
  return rows.map(({ name }) => name);
}

/** @param names as SQL writes them */
async function counted(connection: Connection, names: readonly string[]): Promise<Table[]> {
  const tables: Table[] = [];
  for (const name of names) {
    const { rows } = await connection.query<{ count: string }>(`SELECT count(*) FROM ${name}`);
    tables.push({ name, rows: Number(rows[0]?.count) });
  }
  return tables;
}
