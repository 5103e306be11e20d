import type pg from 'pg';
import { connectionParts, openConnection } from '../migrations/connection.js';

/** A state of a database that stays readable, whoever writes meanwhile. */
export interface Snapshot {
  readonly databaseUrl: string;
  /** The transaction that holds the snapshot. */
  readonly transaction: pg.PoolClient;
  /** By which other sessions see the same state. */
  readonly id: string;
}

/**
 * Runs `work` in one transaction, and on the state the database has at its beginning. It commits
 * when `work` ends well.
 * @param lock what the state must wait for: run before it is taken
 * @throws Error when the database cannot be reached
 */
export async function withSnapshot<T>(
  databaseUrl: string,
  work: (snapshot: Snapshot) => Promise<T>,
  lock: (transaction: pg.PoolClient) => Promise<void> = () => Promise.resolve(),
): Promise<T> {
  const pool = await openConnection(connectionParts(databaseUrl));
  // One client, not the pool: that would go on with another connection, outside the transaction,
  // where this one is lost.
  const transaction = await pool.connect();
  // Unheard, a connection lost while idle ends the process; it shows at the next query.
  transaction.on('error', () => undefined);
  try {
    await transaction.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await transaction.query(
      'SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0',
    );
    await lock(transaction);
    const { rows } = await transaction.query<{ id: string }>('SELECT pg_export_snapshot() AS id');
    const result = await work({ databaseUrl, transaction, id: rows[0]?.id ?? '' });
    await transaction.query('COMMIT');
    return result;
  } finally {
    // Ends the transaction, too, where it is still open.
    transaction.release(true);
    await pool.end();
  }
}

/** The major version of the server. */
export async function serverVersion(databaseUrl: string): Promise<number> {
  const connection = await openConnection(connectionParts(databaseUrl));
  try {
    const { rows } = await connection.query<{ server_version_num: string }>(
      'SHOW server_version_num',
    );
    return Math.floor(Number(rows[0]?.server_version_num) / 10_000);
  } finally {
    await connection.end();
  }
}
