import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { errorCode } from '../../shared/error-code.js';
import { writeWhole } from '../write-whole.js';
import { giveTo, runAs } from './account.js';
import { realPath, type Place } from './place.js';

export const SUPERUSER = 'model_catalog';
const DRAFT = 'postgres.init-';

export interface ClusterOptions {
  readonly place: Place;
  readonly dataDir: string;
  readonly native: string;
  readonly durable: boolean;
  readonly notice: (sentence: string) => void;
}

/** Creates the cluster where there is none yet; only the owner of the place may call this. */
export async function openCluster(
  options: ClusterOptions,
): Promise<{ password: string; firstStart: boolean }> {
  const { directory } = options.place;
  const passwordFile = join(options.dataDir, 'postgres-password');
  const usual = join(options.dataDir, 'postgres');
  await removeLeftovers(dirname(directory));
  if (existsSync(join(directory, 'PG_VERSION')) && realPath(usual) === directory) {
    return { password: readPassword(passwordFile, directory), firstStart: false };
  }
  await clearPlace(options, usual);
  const password = randomBytes(32).toString('hex');
  const draft = await initialise(options, password);
  writeWhole(passwordFile, `${password}\n`);
  renameSync(draft, directory);
  if (options.durable) syncDirectory(dirname(directory));
  if (realPath(usual) === undefined) symlinkSync(directory, usual);
  return { password, firstStart: true };
}

/** Moves out of the way what a deleted dataDir, or a deleted cluster, left behind. */
async function clearPlace({ place, notice }: ClusterOptions, usual: string): Promise<void> {
  if (realPath(usual) === place.directory) return;
  if (lstatSync(usual, { throwIfNoEntry: false })) {
    notice(`The database that ${usual} points to is gone, so a new, empty one is made.`);
    await rm(usual);
  }
  if (!existsSync(place.directory)) return;
  const aside = `${place.directory}.old-${new Date().toISOString().replaceAll(':', '-')}`;
  renameSync(place.directory, aside);
  notice(`A database of an earlier, deleted ${dirname(usual)} was moved to ${aside}.`);
}

/** Runs initdb in a directory of its own, so that an interrupted one is never taken for a cluster. */
async function initialise(options: ClusterOptions, password: string): Promise<string> {
  const { account, directory } = options.place;
  const draft = await mkdtemp(join(dirname(directory), DRAFT));
  const passwordFile = `${draft}.password`;
  try {
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
    giveTo(account, passwordFile);
    giveTo(account, draft);
    await initdb(options, draft, passwordFile);
    return draft;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function initdb(options: ClusterOptions, draft: string, passwordFile: string) {
  const args = ['-D', draft, `--username=${SUPERUSER}`, `--pwfile=${passwordFile}`];
  args.push('--auth=scram-sha-256', '--encoding=UTF8', '--no-instructions');
  // The builtin provider knows Unicode without any locale of the operating system.
  args.push('--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8');
  if (!options.durable) args.push('--no-sync');
  try {
    await promisify(execFile)(
      join(options.native, 'bin', 'initdb'),
      args,
      runAs(options.place.account),
    );
  } catch (error) {
    throw new Error(`PostgreSQL's initdb failed: ${reason(error)}`, { cause: error });
  }
}

function reason(error: unknown): string {
  if (errorCode(error) === 'ENOENT') {
    return 'its programs need a system with the GNU C library; elsewhere set DATABASE_URL.';
  }
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  return said || String(error);
}

async function removeLeftovers(home: string): Promise<void> {
  for (const entry of readdirSync(home).filter((name) => name.startsWith(DRAFT))) {
    // An initdb whose parent was killed may still write there: then the next start removes it.
    await rm(join(home, entry), { recursive: true, force: true }).catch(() => undefined);
  }
}

function readPassword(file: string, directory: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    throw new Error(
      `The password of the database in ${directory} is missing: restore ${file}, ` +
        'or remove that directory to start with an empty database.',
      { cause: error },
    );
  }
}

function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
