import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../../shared/error-code.js';
import { commandLine, exists, isRunning, waitForEnd } from './processes.js';

/** True when the server `pid` of this directory says that it takes connections. */
export function isReady(directory: string, pid: number): boolean {
  const lines = pidFile(directory)?.split('\n');
  return Number(lines?.[0]) === pid && lines?.[7]?.trim() === 'ready';
}

/** Stops a server: open connections are cut, committed data is kept. Throws when it stays. */
export async function endServer(pid: number): Promise<void> {
  signal(pid, 'SIGINT');
  if (await waitForEnd(pid, 10_000)) return;
  signal(pid, 'SIGQUIT');
  if (await waitForEnd(pid, 10_000)) return;
  throw new Error(`PostgreSQL (process ${pid}) does not stop: stop it with "kill -9 ${pid}".`);
}

/**
 * Stops the server that a killed owner left running in this directory, after making sure that
 * the process is one. A stale postmaster.pid whose number another program got since is defused.
 */
export async function endOrphan(directory: string): Promise<void> {
  const content = pidFile(directory);
  const pid = Number(content?.split('\n')[0]);
  if (content === undefined || !Number.isInteger(pid) || pid <= 1 || !exists(pid)) return;
  const line = commandLine(pid) ?? '';
  if (isRunning(pid) && `${line} `.includes(`postgres -D ${directory} -p `)) {
    await endServer(pid);
  } else if (!/\bpostgres\b/.test(line)) {
    // A server ignores its parent's number here, but still looks for children of the old server,
    // which it could not if the file were removed.
    writeFileSync(join(directory, 'postmaster.pid'), content.replace(/^.*/, String(process.pid)));
  }
}

function pidFile(directory: string): string | undefined {
  try {
    return readFileSync(join(directory, 'postmaster.pid'), 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined; // a server removes it whenever it likes
    throw error;
  }
}

function signal(pid: number, name: 'SIGINT' | 'SIGQUIT'): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}
