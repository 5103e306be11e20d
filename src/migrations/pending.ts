import { connectionParts, openConnection } from './connection.js';
import { projectPaths, readMigrations, type MigrationPaths } from './folder.js';

/**
 * Names of the migrations the database lacks: one query, without the engine, so that every start
 * can afford it.
 * @throws Error with one sentence when the database cannot be reached.
 */
export async function pendingMigrations(
  databaseUrl: string,
  paths: MigrationPaths = projectPaths,
): Promise<string[]> {
  const { migrationDirectories } = await readMigrations(paths);
  const connection = await openConnection(connectionParts(databaseUrl));
  try {
    const { rows: tables } = await connection.query<{ name: string | null }>(
      `SELECT to_regclass('_prisma_migrations')::text AS name`,
    );
    if (!tables[0]?.name) return migrationDirectories.map(({ path }) => path);
    const { rows } = await connection.query<{ migration_name: string }>(
      'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
    );
    const applied = new Set(rows.map((row) => row.migration_name));
    return migrationDirectories.map(({ path }) => path).filter((name) => !applied.has(name));
  } finally {
    await connection.end();
  }
}
