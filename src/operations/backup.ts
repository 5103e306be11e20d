import { connectionParts } from '../migrations/connection.js';
import { archiveFile, writeArchive, type Archive } from './archive.js';
import type { ClientPrograms } from './client-programs.js';
import { withSnapshot } from './snapshot.js';
import { verifyArchive } from './verify.js';

/**
 * Backs up the whole database, as it is at this moment; the service may run meanwhile.
 * @param path a file, or a folder to name one in
 * @param verify also restore it once into a database made for it, and compare
 * @throws Error when it cannot be written, or is not what the database holds
 */
export async function backUp(
  databaseUrl: string,
  path: string,
  programs: ClientPrograms,
  verify: boolean,
): Promise<Archive> {
  const database = connectionParts(databaseUrl).database ?? 'database';
  const file = await archiveFile(path, database, new Date());
  return withSnapshot(databaseUrl, async (snapshot) => {
    const archive = await writeArchive(snapshot, file, programs);
    if (verify) await verifyArchive(archive, snapshot, programs);
    return archive;
  });
}
