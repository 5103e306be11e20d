import pg from 'pg';

import { errorCode } from '../shared/error-code.js';

/** Where a PostgreSQL database is and how to enter it. */
export type ConnectionParts = Pick<
  pg.PoolConfig,
  'host' | 'port' | 'user' | 'password' | 'database' | 'ssl'
>;

/**
 * Takes a PostgreSQL URL apart, with the rules `pg` has for the service's own connections
 * (percent-decoding, `sslmode`, default port).
 * @throws Error when it is not a PostgreSQL URL; the message never repeats the URL.
 */
export function connectionParts(databaseUrl: string): ConnectionParts {
  if (!/^postgres(ql)?:\/\//.test(databaseUrl)) {
    throw new Error('The database URL must start with postgresql:// or postgres://.');
  }
  let client: pg.Client;
  try {
    client = new pg.Client({ connectionString: databaseUrl });
  } catch {
    throw new Error('The database URL cannot be read: percent-encode the special characters.');
  }
  const { host, port, user, password, database, ssl } = client;
  return { host, port, user, password, database, ssl };
}

/**
 * Opens one connection (a pool of exactly one: session locks and settings hold from one query to
 * the next) and tries it.
 * @throws Error with one sentence when the database cannot be reached.
 */
export async function openConnection(parts: ConnectionParts): Promise<pg.Pool> {
  const pool = new pg.Pool({
    ...parts,
    max: 1,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: 10_000,
  });
  // A connection lost while idle shows at the next query; unheard, this event ends the process.
  pool.on('error', () => undefined);
  try {
    await pool.query('SELECT 1');
    return pool;
  } catch (error) {
    await pool.end();
    throw unreachable(parts, error);
  }
}

function unreachable(parts: ConnectionParts, error: unknown): Error {
  const server = `PostgreSQL at ${parts.host}:${parts.port}`;
  if (error instanceof pg.DatabaseError) {
    return new Error(`${server} refuses the connection: ${error.message}`);
  }
  const reason = error instanceof Error ? errorCode(error) || error.message : String(error);
  return new Error(`${server} cannot be reached: ${reason}`);
}
