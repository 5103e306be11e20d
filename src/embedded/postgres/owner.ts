import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../../shared/error-code.js';
import { isRunning, startMark } from './processes.js';

/**
 * Makes this process the only owner of the database in `home`, by a file `owner.json` there.
 * Returns what gives it up again. Throws one sentence when a living process owns it.
 */
export function claim(home: string): () => void {
  const file = join(home, 'owner.json');
  const mine = JSON.stringify({ pid: process.pid, started: startMark(process.pid) ?? null });
  while (!create(file, mine)) {
    const found = read(file);
    if (found === undefined) continue;
    const pid = livingOwner(found);
    if (pid !== undefined) {
      throw new Error(
        `The database in ${home} is in use by process ${pid}: stop that process first, ` +
          'or start with another data directory.',
      );
    }
    remove(file, found);
  }
  return () => {
    if (read(file) === mine) rmSync(file, { force: true });
  };
}

/** A link appears with its whole content or not at all, unlike a file that is opened and written. */
function create(file: string, content: string): boolean {
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, content, { mode: 0o644 });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Removes a dead owner's file, but puts it back when another process has just replaced it. */
function remove(file: string, content: string): void {
  const aside = `${file}.${randomBytes(4).toString('hex')}`;
  try {
    renameSync(file, aside);
    if (read(aside) !== content) linkSync(aside, file);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function livingOwner(content: string): number | undefined {
  const owner = parse(content);
  if (!owner || !isRunning(owner.pid)) return undefined;
  const now = startMark(owner.pid);
  const reused = owner.started !== null && now !== undefined && now !== owner.started;
  return reused ? undefined : owner.pid;
}

function parse(content: string): { pid: number; started: string | null } | undefined {
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value !== 'object' || value === null) return undefined;
    if (!('pid' in value) || typeof value.pid !== 'number') return undefined;
    const started = 'started' in value && typeof value.started === 'string' ? value.started : null;
    return { pid: value.pid, started };
  } catch {
    return undefined;
  }
}
