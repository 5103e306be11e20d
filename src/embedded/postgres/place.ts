import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode } from '../../shared/error-code.js';
import { ENTER, accountOf, barrier, isRoot, nobody, type Account } from './account.js';

const FALLBACK = '/var/lib/model-catalog';

/** Where the cluster lies or will lie, and the account it needs; none: the current user. */
export interface Place {
  readonly directory: string;
  readonly account: Account | undefined;
}

/**
 * Chooses `<dataDir>/postgres`, or a directory below /var/lib when this process is root and the
 * account PostgreSQL runs as cannot enter dataDir. An existing cluster stays where it is.
 * Changes nothing. Throws one sentence when an existing cluster cannot be used by this user.
 */
export function choosePlace(dataDir: string): Place {
  const usual = join(dataDir, 'postgres');
  const present = realPath(usual);
  if (present !== undefined) return { directory: present, account: accountFor(present) };
  if (!isRoot()) return { directory: usual, account: undefined };
  const account = nobody();
  const reached = barrier(dataDir, ENTER, account) === undefined;
  return { directory: reached ? usual : join(fallbackHome(dataDir), 'postgres'), account };
}

/** The directory, told apart by dataDir, for what the account cannot reach where it belongs. */
export function fallbackHome(dataDir: string): string {
  return join(FALLBACK, createHash('sha256').update(dataDir).digest('hex').slice(0, 12));
}

/** Creates the directory that `fallbackHome` names, open to the account whatever the umask. */
export function makeFallbackHome(home: string): string {
  for (const directory of [dirname(home), home]) {
    mkdirSync(directory, { recursive: true });
    chmodSync(directory, 0o755);
  }
  return home;
}

/** The account that an existing cluster belongs to, when this process may and must become it. */
function accountFor(directory: string): Account | undefined {
  const { uid, gid } = statSync(directory);
  if (!isRoot()) {
    if (process.getuid?.() === uid) return undefined;
    throw new Error(
      `The database in ${directory} belongs to another user (number ${uid}): start as that user ` +
        'or as root, or with another data directory.',
    );
  }
  if (uid === 0) {
    throw new Error(
      `The database in ${directory} belongs to root, whom PostgreSQL refuses: ` +
        `give it to an ordinary user, for example with "chown -R nobody: ${directory}".`,
    );
  }
  const account = accountOf(uid, gid);
  const wall = barrier(directory, ENTER, account);
  if (wall === undefined) return account;
  throw new Error(
    `The database in ${directory} belongs to user ${account.name}, who can no longer ` +
      `enter ${wall}: allow that again with "chmod o+x ${wall}".`,
  );
}

/** The path without links, or undefined when nothing is there or a link leads nowhere. */
export function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
