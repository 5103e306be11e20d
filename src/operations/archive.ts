import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { errorCode } from '../shared/error-code.js';
import type { ClientPrograms } from './client-programs.js';
import type { Snapshot } from './snapshot.js';

/** A backup that is written and readable: the file, and `<file>.sha256` beside it. */
export interface Archive {
  /** Absolute. */
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** The file that a backup at this path goes to: in a folder, it is named by database and time. */
export async function archiveFile(path: string, database: string, now: Date): Promise<string> {
  const isFolder = (await stat(path).catch(() => null))?.isDirectory() ?? false;
  const time = now.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const name = `${database.replaceAll(/[^\w.-]/g, '_')}-${time}.dump`;
  return resolve(isFolder ? join(path, name) : path);
}

/**
 * Writes the state into a file that only its owner may read. It has its name only once it is
 * complete and was read back from beginning to end.
 * @throws Error when the file exists, or cannot be written
 */
export async function writeArchive(
  { databaseUrl, id }: Pick<Snapshot, 'databaseUrl' | 'id'>,
  file: string,
  programs: ClientPrograms,
): Promise<Archive> {
  if (await exists(file)) throw new Error(`${file} exists: a backup overwrites nothing.`);
  const draft = `${file}.partial`;
  await claim(draft);
  try {
    const args = ['--format=custom', `--snapshot=${id}`, `--file=${draft}`];
    await programs.run('pg_dump', args, databaseUrl);
    await flush(draft);
    await readWhole(draft, programs);
    const sha256 = await sha256Of(draft);
    await writeFile(`${file}.sha256`, `${sha256}  ${basename(file)}\n`, { mode: 0o600 });
    await rename(draft, file);
    return { file, sha256, bytes: (await stat(file)).size };
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/**
 * Makes sure that a backup is what was written.
 * @throws Error when it is missing, cut off, or has other bytes than `<file>.sha256` says
 */
export async function checkArchive(path: string, programs: ClientPrograms): Promise<Archive> {
  const file = resolve(path);
  if (!(await exists(file))) throw new Error(`${file} does not exist.`);
  const sha256 = await sha256Of(file);
  const written = await readFile(`${file}.sha256`, 'utf8').catch(() => null);
  if (written !== null && written.slice(0, sha256.length) !== sha256) {
    throw new Error(`${file} is damaged: its bytes are not those that ${file}.sha256 was made of.`);
  }
  await readWhole(file, programs);
  return { file, sha256, bytes: (await stat(file)).size };
}

/** Its table of contents alone would not tell that the end is missing. */
async function readWhole(file: string, programs: ClientPrograms): Promise<void> {
  await programs.run('pg_restore', ['--file=-', file], null).catch((error: Error) => {
    throw new Error(`${file} is no complete backup: ${error.message}`, { cause: error });
  });
}

/** Makes the file before pg_dump does: nobody else may read it, and nobody else writes it now. */
async function claim(draft: string): Promise<void> {
  try {
    await (await open(draft, 'wx', 0o600)).close();
  } catch (error) {
    const there = 'it is there: another backup is under way, or was cut off and may be removed';
    const reason = errorCode(error) === 'EEXIST' ? there : errorCode(error);
    throw new Error(`${draft} cannot be written (${reason}).`, { cause: error });
  }
}

async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.sync().finally(() => handle.close());
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => null)) !== null;
}
