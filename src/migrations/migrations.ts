import type {
  DiagnoseMigrationHistoryOutput,
  MigrationList,
  SchemaEngine,
  SchemaFilter,
} from '@prisma/schema-engine-wasm/schema_engine_bg';
import { withEngine } from './engine.js';
import {
  type MigrationPaths,
  projectPaths,
  readMigrations,
  readSchema,
  writeMigration,
} from './folder.js';

export interface MigrationStatus {
  /** Migrations of the folder that the database has. */
  applied: string[];
  /** Migrations of the folder that the database lacks. */
  pending: string[];
  /** What stands between the two, a sentence each. */
  problems: string[];
}

const filters: SchemaFilter = { externalTables: [], externalEnums: [] };

// The number of the advisory lock that every Prisma schema engine takes before it migrates.
const ENGINE_LOCK = 72_707_369;

/**
 * Brings the database up to date and returns the names of the migrations applied now. Of several
 * processes at once, one applies and the others wait for it.
 * @throws Error when the database cannot be reached, when a migration fails (nothing of it stays:
 *   a script is one transaction unless it says otherwise), or when one has failed before.
 */
export async function applyMigrations(
  databaseUrl: string,
  paths: MigrationPaths = projectPaths,
): Promise<string[]> {
  const migrationsList = await existingMigrations(paths);
  return withEngine(databaseUrl, async (engine, connection) => {
    // The engine itself gives up after 10 s, and another process may need longer. The lock belongs
    // to the connection, so the engine gets it at once when we hold it, and it ends with it.
    await connection.query(`SELECT pg_advisory_lock(${ENGINE_LOCK})`);
    const { failedMigrationNames } = await diagnose(engine, migrationsList);
    const [failed] = failedMigrationNames;
    if (failed) throw new Error(failedBefore(failed));
    const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters });
    return appliedMigrationNames;
  });
}

/**
 * Compares the migrations folder with what the database says was applied to it.
 * @throws Error when the database cannot be reached.
 */
export async function migrationStatus(
  databaseUrl: string,
  paths: MigrationPaths = projectPaths,
): Promise<MigrationStatus> {
  const migrationsList = await existingMigrations(paths);
  const diagnosis = await withEngine(databaseUrl, (engine) => diagnose(engine, migrationsList));
  const { history, failedMigrationNames } = diagnosis;
  const pending =
    history && 'unappliedMigrationNames' in history ? history.unappliedMigrationNames : [];
  const missing = new Set([...pending, ...failedMigrationNames]);
  return {
    applied: migrationsList.migrationDirectories
      .map(({ path }) => path)
      .filter((name) => !missing.has(name)),
    pending,
    problems: problemsIn(diagnosis),
  };
}

function problemsIn(diagnosis: DiagnoseMigrationHistoryOutput): string[] {
  const { history, failedMigrationNames, editedMigrationNames } = diagnosis;
  const vanished =
    history && 'unpersistedMigrationNames' in history ? history.unpersistedMigrationNames : [];
  return [
    ...failedMigrationNames.map(failedBefore),
    ...editedMigrationNames.map(
      (name) => `Migration ${name} was edited after it was applied: restore its migration.sql.`,
    ),
    ...vanished
      .filter((name) => !failedMigrationNames.includes(name))
      .map((name) => `Migration ${name} was applied, but is missing in the migrations folder.`),
  ];
}

function failedBefore(name: string): string {
  return (
    `Migration ${name} failed in this database: undo what it left there, ` +
    `then run "npx prisma migrate resolve --rolled-back ${name}".`
  );
}

function diagnose(
  engine: SchemaEngine,
  migrationsList: MigrationList,
): Promise<DiagnoseMigrationHistoryOutput> {
  return engine.diagnoseMigrationHistory({
    migrationsList,
    optInToShadowDatabase: false,
    filters,
  });
}

/** A database without migrations is an installation that lost them, not one that needs none. */
async function existingMigrations(paths: MigrationPaths): Promise<MigrationList> {
  const list = await readMigrations(paths);
  if (list.migrationDirectories.length > 0) return list;
  throw new Error(`There are no migrations in ${paths.migrations}.`);
}

/**
 * Writes the migration that takes the existing ones to the schema; returns the path of its SQL, or
 * null when nothing is missing. Needs the right to create databases: it replays in a shadow one.
 * @throws Error when the name has no letter or digit, or a migration cannot be replayed.
 */
export async function createMigration(
  databaseUrl: string,
  name: string,
  paths: MigrationPaths = projectPaths,
): Promise<string | null> {
  const snakeName = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
  if (!snakeName) throw new Error('The name of a migration needs letters or digits.');
  const sql = await driftBetweenMigrationsAndSchema(databaseUrl, paths);
  return sql === '' ? null : writeMigration(paths, snakeName, sql);
}

/**
 * The SQL that the migrations lack to arrive at the schema, or '' when they do. Only the server of
 * the URL is used, not the data of its database: the migrations are replayed in a shadow database.
 * @throws Error when a migration cannot be replayed.
 */
export async function driftBetweenMigrationsAndSchema(
  databaseUrl: string,
  paths: MigrationPaths = projectPaths,
): Promise<string> {
  const migrationsList = await readMigrations(paths);
  const schema = await readSchema(paths);
  const { exitCode, stdout } = await withEngine(databaseUrl, (engine) =>
    engine.diff({
      from: { tag: 'migrations', ...migrationsList },
      to: { tag: 'schemaDatamodel', files: [schema] },
      script: true,
      exitCode: true,
      filters,
    }),
  );
  return exitCode === 0 ? '' : `${(stdout ?? '').trim()}\n`;
}
