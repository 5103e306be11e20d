import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

import { errorCode } from '../../shared/error-code.js';

const HAS_PROC = existsSync('/proc/self/stat');

/** True while the process runs; a zombie, which only waits for its parent, does not count. */
export function isRunning(pid: number): boolean {
  return exists(pid) && statFields(pid)?.[0] !== 'Z';
}

/** True when the number is taken, be it by a zombie or by another user's process. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** A text that differs between two processes that had the same number; undefined when unknown. */
export function startMark(pid: number): string | undefined {
  if (!HAS_PROC) return ask(pid, 'lstart=');
  const ticksSinceBoot = statFields(pid)?.[19];
  if (ticksSinceBoot === undefined) return undefined;
  return `${read('/proc/sys/kernel/random/boot_id')?.trim() ?? ''}/${ticksSinceBoot}`;
}

/** The command line, its words joined by spaces; undefined when there is none to see. */
export function commandLine(pid: number): string | undefined {
  if (!HAS_PROC) return ask(pid, 'args=');
  return read(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim() || undefined;
}

/** Waits until the process is gone; false when it still runs after `timeoutMs`. */
export async function waitForEnd(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isRunning(pid)) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}

/** Fields 3 and later of /proc/<pid>/stat: the second, the name, may itself hold spaces. */
function statFields(pid: number): string[] | undefined {
  const stat = HAS_PROC ? read(`/proc/${pid}/stat`) : undefined;
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function ask(pid: number, column: string): string | undefined {
  try {
    const answer = execFileSync('ps', ['-o', column, '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH: '/bin:/usr/bin', LC_ALL: 'C' },
    });
    return answer.trim() || undefined;
  } catch {
    return undefined;
  }
}
