import { connectionParts, openConnection } from './connection.js';
import { migrationNames, projectPaths, type MigrationPaths } from './folder.js';

/** Sends one statement. */
type Query = <Row extends object>(statement: string) => Promise<{ rows: Row[] }>;

/**
 * Names of the migrations the database lacks: one query, without the engine, so that every start
 * can afford it.
 * @throws Error with one sentence when the database cannot be reached.
 */
export async function pendingMigrations(
  databaseUrl: string,
  paths: MigrationPaths = projectPaths,
): Promise<string[]> {
  const names = await migrationNames(paths);
  const connection = await openConnection(connectionParts(databaseUrl));
  try {
    return await lacking(names, (statement) => connection.query(statement));
  } finally {
    await connection.end();
  }
}

/** Which of these migrations the database lacks. */
export async function lacking(names: readonly string[], query: Query): Promise<string[]> {
  const { rows: tables } = await query<{ name: string | null }>(
    `SELECT to_regclass('_prisma_migrations')::text AS name`,
  );
  if (!tables[0]?.name) return [...names];
  const { rows } = await query<{ migration_name: string }>(
    'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  );
  const applied = new Set(rows.map((row) => row.migration_name));
  return names.filter((name) => !applied.has(name));
}
