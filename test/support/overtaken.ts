import type pg from 'pg';
import { expect } from 'vitest';

/**
 * Lets a statement be first: begins the work once it has its locks, and commits it once the work
 * waits for them.
 */
export async function overtaken<Result>(
  database: pg.Pool,
  [statement, values]: readonly [statement: string, values: unknown[]],
  work: () => Promise<Result>,
): Promise<Result> {
  const other = await database.connect();
  await other.query('BEGIN');
  await other.query(statement, values);
  const result = work();
  await expect.poll(() => waitForLocks(database), { timeout: 10_000 }).toBeGreaterThan(0);
  await other.query('COMMIT');
  other.release();
  return result;
}

/** Statements that wait for a lock. @param statement which of them, as LIKE compares; default all */
export async function waitForLocks(database: pg.Pool, statement = '%'): Promise<number> {
  const { rows } = await database.query(
    `SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1`,
    [statement],
  );
  return rows.length;
}
