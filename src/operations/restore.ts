import type pg from 'pg';
import { connectionParts, openConnection } from '../migrations/connection.js';
import type { Archive } from './archive.js';
import type { ClientPrograms } from './client-programs.js';
import { propertiesOf } from './database-properties.js';
import { createBeside, siblingUrl } from './scratch-database.js';
import { restoreArchive } from './verify.js';

export interface RestoreOptions {
  /** Where the database is not empty: set it aside, under another name. */
  readonly force: boolean;
  /** Give everything to the user who restores; leave out who else may do what, and settings. */
  readonly noOwner: boolean;
}

/** Everything a user can create, except by extensions. */
const ANY_OBJECT = `
  SELECT 1 FROM pg_namespace n
  WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
    AND (n.nspname <> 'public'
      OR EXISTS (SELECT 1 FROM pg_class c WHERE c.relnamespace = n.oid AND NOT EXISTS (
        SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'))
      OR EXISTS (SELECT 1 FROM pg_type t WHERE t.typnamespace = n.oid AND NOT EXISTS (
        SELECT 1 FROM pg_depend d WHERE d.objid = t.oid AND d.deptype IN ('e', 'i')))
      OR EXISTS (SELECT 1 FROM pg_proc p WHERE p.pronamespace = n.oid AND NOT EXISTS (
        SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')))
  LIMIT 1`;

/**
 * Restores a checked backup: all of it, or nothing.
 * @returns the name of the database that was set aside; null: it was empty
 * @throws Error when the database is not empty and `force` is not set, when somebody is connected
 *   to the database that is to be set aside, or when PostgreSQL refuses the backup
 */
export async function restore(
  { file }: Archive,
  databaseUrl: string,
  programs: ClientPrograms,
  { force, noOwner }: RestoreOptions,
): Promise<string | null> {
  const options = noOwner ? ['--no-owner', '--no-privileges'] : [];
  const connection = await openConnection(connectionParts(databaseUrl));
  let beside: string;
  try {
    if ((await connection.query(ANY_OBJECT)).rowCount === 0) {
      await restoreArchive(file, databaseUrl, programs, options);
      return null;
    }
    if (!force) {
      throw new Error(
        'The database is not empty, so nothing was restored: name an empty one, or set this one ' +
          'aside with --force.',
      );
    }
    beside = await createBeside(connection);
    try {
      await restoreArchive(file, siblingUrl(databaseUrl, beside), programs, options);
    } catch (error) {
      await connection.query(`DROP DATABASE IF EXISTS "${beside}" WITH (FORCE)`);
      throw error;
    }
  } finally {
    await connection.end();
  }
  return swap(databaseUrl, beside, noOwner);
}

/** Gives the database's name, and what else is its own, to the one beside it: all of it, or nothing. */
async function swap(databaseUrl: string, beside: string, noOwner: boolean): Promise<string> {
  const database = connectionParts(databaseUrl).database ?? '';
  const time = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14);
  const aside = `${database.slice(0, 30)}_before_${time}`;
  // A database cannot be renamed over a connection to it.
  const elsewhere = await openConnection(connectionParts(siblingUrl(databaseUrl, 'postgres')));
  try {
    // Sent as one script, which PostgreSQL runs as one transaction.
    const script = [
      ...(noOwner ? [] : await propertiesOf(elsewhere, database, beside)),
      ...(await renaming(elsewhere, [
        [database, aside],
        [beside, database],
      ])),
    ];
    await elsewhere.query(script.join('; '));
    return aside;
  } catch (error) {
    await elsewhere.query(`DROP DATABASE IF EXISTS "${beside}" WITH (FORCE)`);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The database cannot be set aside, so it is as it was: ${reason}.`, {
      cause: error,
    });
  } finally {
    await elsewhere.end();
  }
}

async function renaming(connection: pg.Pool, names: [string, string][]): Promise<string[]> {
  const { rows } = await connection.query<{ statement: string }>(
    `SELECT format('ALTER DATABASE %I RENAME TO %I', f, t) AS statement
     FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS names(f, t, place) ORDER BY place`,
    [names.map(([from]) => from), names.map(([, to]) => to)],
  );
  return rows.map(({ statement }) => statement);
}
