import pg from 'pg';
import { connectionParts, openConnection } from '../../migrations/connection.js';
import { applyMigrations } from '../../migrations/migrations.js';
import { archiveFile, writeArchive, type Archive } from '../archive.js';
import type { ClientPrograms } from '../client-programs.js';
import { withSnapshot } from '../snapshot.js';
import { verifyArchive } from '../verify.js';
import { remove, removalOf, type Removal, type Table } from './removal.js';

/** How long somebody who uses the old tables is waited for. */
const LOCK_SECONDS = 10;
const LOCK_NOT_AVAILABLE = '55P03';

/** What would be removed from the database of the URL; changes nothing. */
export async function lookAt(databaseUrl: string): Promise<Removal> {
  const connection = await openConnection(connectionParts(databaseUrl));
  try {
    return await removalOf(connection);
  } finally {
    await connection.end();
  }
}

/**
 * Removes the old application's tables, all or none of them, once a backup of the whole database
 * was written, restored beside it and found equal, and the removal and the new migrations were
 * tried on that copy. From before the backup until the end nobody can write to these tables.
 * @param found what `lookAt` found
 * @param path a file for the backup, or a folder to name one in
 * @throws Error, and then nothing was removed
 */
export async function removeOldTables(
  databaseUrl: string,
  found: Removal,
  path: string,
  programs: ClientPrograms,
  signal: AbortSignal,
): Promise<{ removal: Removal; archive: Archive }> {
  const database = connectionParts(databaseUrl).database ?? 'database';
  const file = await archiveFile(path, database, new Date());
  const work = withSnapshot(
    databaseUrl,
    async (snapshot) => {
      const removal = await removalOf(snapshot.transaction);
      const archive = await writeArchive(snapshot, file, programs);
      await verifyArchive(archive, snapshot, programs, rehearse);
      signal.throwIfAborted();
      await remove(snapshot.transaction, removal);
      return { removal, archive };
    },
    (transaction) => keepOutWriters(transaction, found.tables),
  );
  return work.catch((error: unknown) => {
    throw new Error(`Nothing was removed. ${reasonOf(error)}`, { cause: error });
  });
}

/** Does on the restored copy what is about to be done, so that it cannot fail halfway. */
async function rehearse(copyUrl: string): Promise<void> {
  const connection = await openConnection(connectionParts(copyUrl));
  try {
    await remove(connection, await removalOf(connection));
  } finally {
    await connection.end();
  }
  await applyMigrations(copyUrl).catch((error: Error) => {
    throw new Error(`On a copy, the new tables cannot be made: ${error.message}.`, {
      cause: error,
    });
  });
}

/** What is written after the backup would be lost; reading, and so the backup itself, goes on. */
async function keepOutWriters(transaction: pg.PoolClient, tables: readonly Table[]): Promise<void> {
  await transaction.query(`SET LOCAL lock_timeout = '${LOCK_SECONDS}s'`);
  if (tables.length === 0) return;
  const names = tables.map(({ name }) => name).join(', ');
  await transaction.query(`LOCK TABLE ${names} IN SHARE ROW EXCLUSIVE MODE`);
}

function reasonOf(error: unknown): string {
  if (error instanceof pg.DatabaseError && error.code === LOCK_NOT_AVAILABLE) {
    return `Somebody has used the old tables for ${LOCK_SECONDS} s: stop the old application.`;
  }
  return error instanceof Error ? error.message : String(error);
}
