import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { connectionParts, openConnection } from '../migrations/connection.js';

/** The URL of another database on the same server. */
export function siblingUrl(databaseUrl: string, database: string): string {
  const url = new URL(databaseUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
}

/** Of a row of pg_database, which has columns of other names in each version since 15. */
const CREATE_ALIKE = `
  SELECT format('CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L',
                $1::text, pg_encoding_to_char(encoding), datcollate, datctype)
         || CASE said->>'datlocprovider' WHEN 'c' THEN ' LOCALE_PROVIDER libc'
                 WHEN 'i' THEN ' LOCALE_PROVIDER icu ICU_LOCALE ' || quote_literal(locale)
                 WHEN 'b' THEN ' LOCALE_PROVIDER builtin BUILTIN_LOCALE ' || quote_literal(locale)
                 ELSE '' END
         || coalesce(' ICU_RULES ' || quote_literal(said->>'daticurules'), '') AS statement
    FROM pg_database d CROSS JOIN to_jsonb(d) AS said
         CROSS JOIN coalesce(said->>'datlocale', said->>'daticulocale') AS locale
   WHERE datname = current_database()`;

/**
 * Creates an empty database beside the one of the URL, with its encoding and locale, whoever
 * provides that, and returns its name.
 * @throws Error when the user may not create databases
 */
export async function createBeside(connection: pg.Pool | pg.PoolClient): Promise<string> {
  const name = `model_catalog_scratch_${randomBytes(8).toString('hex')}`;
  // The server quotes the names and makes the statement, since it takes no parameters.
  const { rows } = await connection.query<{ statement: string }>(CREATE_ALIKE, [name]);
  try {
    await connection.query(rows[0]?.statement ?? '');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`A database to try the backup in cannot be created: ${reason}.`, {
      cause: error,
    });
  }
  return name;
}

/** Runs `work` with the URL of an empty database beside the given one, and drops it afterwards. */
export async function withScratchDatabase<T>(
  databaseUrl: string,
  work: (scratchUrl: string) => Promise<T>,
): Promise<T> {
  const connection = await openConnection(connectionParts(databaseUrl));
  try {
    const name = await createBeside(connection);
    try {
      return await work(siblingUrl(databaseUrl, name));
    } finally {
      await connection.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
    }
  } finally {
    await connection.end();
  }
}
