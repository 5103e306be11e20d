import { chownSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The user PostgreSQL runs as when this process is root, whom PostgreSQL refuses. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export const READ = 4;
export const ENTER = 1;

export const isRoot = (): boolean => process.getuid?.() === 0;

/** The unprivileged user that every system has. Throws one sentence when it is missing. */
export function nobody(passwd = readFileSync('/etc/passwd', 'utf8')): Account {
  const [name, , uid, gid] = /^nobody:.*$/m.exec(passwd)?.[0].split(':') ?? [];
  if (name === undefined || !Number(uid) || !Number.isInteger(Number(gid))) {
    throw new Error(
      'PostgreSQL refuses to run as root and there is no user nobody to run it as: ' +
        'start as an ordinary user, or set DATABASE_URL.',
    );
  }
  // macOS writes -2 here, which stat and chown know as 4294967294.
  return { name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 };
}

/** The account with this number, by its name where it has one. */
export function accountOf(uid: number, gid: number): Account {
  const named = new RegExp(`^([^:]+):[^:]*:${uid}:`, 'm').exec(readFileSync('/etc/passwd', 'utf8'));
  return { name: named?.[1] ?? `number ${uid}`, uid, gid };
}

/** Gives a file or directory to the account; nothing to do without one. */
export function giveTo(account: Account | undefined, path: string): void {
  if (account) chownSync(path, account.uid, account.gid);
}

/** Options for child_process: run as the account, with nothing of this process's surroundings. */
export function runAs(account: Account | undefined) {
  return {
    cwd: '/',
    env: { LC_ALL: 'C', TZ: 'UTC' },
    // spawn takes the same numbers signed.
    ...(account && { uid: account.uid | 0, gid: account.gid | 0 }),
  };
}

/**
 * The first directory on the way to `path`, or `path` itself, that keeps the account out;
 * undefined when it gets there and holds the right `want` (READ, ENTER) on it.
 */
export function barrier(path: string, want: number, account: Account): string | undefined {
  const target = realpathSync(path);
  const way: string[] = [];
  for (let at = dirname(target); way[0] !== at; at = dirname(at)) way.unshift(at);
  return (
    way.find((directory) => !mayUse(directory, ENTER, account)) ??
    (mayUse(target, want, account) ? undefined : target)
  );
}

function mayUse(path: string, want: number, account: Account): boolean {
  const { uid, gid, mode } = statSync(path);
  const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
  return ((mode >> shift) & want) === want;
}
