import type { Archive } from './archive.js';
import type { ClientPrograms } from './client-programs.js';
import { differences, digestOf, type DumpDigest } from './dump-digest.js';
import { withScratchDatabase } from './scratch-database.js';
import type { Snapshot } from './snapshot.js';

/**
 * Restores a backup into a database made for it, and compares that with the state the backup was
 * made of, by a dump of both.
 * @param use called with the restored copy before it is dropped
 * @throws Error that names what differs
 */
export async function verifyArchive(
  archive: Archive,
  { databaseUrl, id }: Pick<Snapshot, 'databaseUrl' | 'id'>,
  programs: ClientPrograms,
  use: (copyUrl: string) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await withScratchDatabase(databaseUrl, async (copyUrl) => {
    await restoreArchive(archive.file, copyUrl, programs);
    const source = await dumpDigest(databaseUrl, [`--snapshot=${id}`], programs);
    const found = differences(source, await dumpDigest(copyUrl, [], programs));
    if (found.length > 0) {
      throw new Error(`${archive.file} does not restore what was backed up (${found.join('; ')}).`);
    }
    await use(copyUrl);
  });
}

/** Restores into an empty database: all of it, or nothing. */
export async function restoreArchive(
  file: string,
  databaseUrl: string,
  programs: ClientPrograms,
  options: readonly string[] = [],
): Promise<void> {
  // --dbname, with the name from the environment: else it would print the SQL.
  const args = ['--single-transaction', '--exit-on-error', '--dbname=', ...options, file];
  await programs.run('pg_restore', args, databaseUrl);
}

async function dumpDigest(
  databaseUrl: string,
  options: readonly string[],
  programs: ClientPrograms,
): Promise<DumpDigest> {
  let digest: DumpDigest = new Map();
  await programs.run('pg_dump', ['--format=plain', ...options], databaseUrl, async (stdout) => {
    digest = await digestOf(stdout);
  });
  return digest;
}
