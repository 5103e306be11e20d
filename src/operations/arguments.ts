import { parseArgs } from 'node:util';

export const HELP = `Looks after the database with PostgreSQL's own programs.

  npm run backup -- PATH [--verify]
  npm run restore -- FILE [--force] [--no-owner]
  npm run clean-slate -- --backup PATH | --dry-run

PATH is a file, or a folder in which a file is named by database and time.

  --database-url URL  the database (default DATABASE_URL; backup and restore: else the embedded
                      one). A list of processes shows arguments: a password is better kept in
                      DATABASE_URL or PGPASSWORD
  --pg-bin FOLDER     where pg_dump and pg_restore are (default: those of the server's version in
                      /usr/lib/postgresql, else PATH)
backup
  --verify            restore it into a database made for it, and compare
restore
  --force             a database that is not empty is set aside under another name
  --no-owner          all belongs to the user who restores; grants are left out, and with --force
                      settings of the database
clean-slate           removes the tables of the application before this catalogue
  --backup PATH       where the backup of everything goes first
  --dry-run           only says what would be removed

Exit code  0 done · 1 not done, and why
`;

const OPTIONS = {
  'database-url': { type: 'string' },
  'pg-bin': { type: 'string' },
  verify: { type: 'boolean' },
  force: { type: 'boolean' },
  'no-owner': { type: 'boolean' },
  backup: { type: 'string' },
  'dry-run': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

const ALWAYS = ['database-url', 'pg-bin', 'help'];

/** The options of each command besides those they share. */
const OF_COMMAND = {
  backup: ['verify'],
  restore: ['force', 'no-owner'],
  'clean-slate': ['backup', 'dry-run'],
} as const;

export type Command = keyof typeof OF_COMMAND;
type Values = ReturnType<typeof parse>['values'];

/** What the command is to do. */
export interface Settings extends Values {
  readonly command: Command;
  /** The file or folder that stands alone; null for `clean-slate`, which has none. */
  readonly path: string | null;
}

/**
 * @returns null when help is asked for
 * @throws Error naming the argument that is wrong, and never a password
 */
export function readArguments([first, ...args]: readonly string[]): Settings | null {
  const command = COMMANDS.find((one) => one === first);
  if (first === '--help') return null;
  if (!command) throw new Error(`Use one of these commands: ${COMMANDS.join(', ')}. See --help.`);
  const { values, positionals } = parse(args);
  if (values.help) return null;
  const allowed: readonly string[] = [...ALWAYS, ...OF_COMMAND[command]];
  const strange = Object.keys(values).find((name) => !allowed.includes(name));
  if (strange) throw new Error(`${command} has no option --${strange}. See --help.`);
  const empty = Object.entries(values).find(([, value]) => value === '');
  if (empty) throw new Error(`--${empty[0]} is empty.`);
  return { ...values, command, path: pathIn(command, positionals) };
}

const COMMANDS: readonly Command[] = ['backup', 'restore', 'clean-slate'];

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    const [sentence = ''] = error instanceof Error ? error.message.split(/\. |\n/) : [];
    throw new Error(`${sentence.replace(/\.$/, '')}. See --help.`, { cause: error });
  }
}

function pathIn(command: Command, positionals: readonly string[]): string | null {
  if (command === 'clean-slate') {
    if (positionals.length === 0) return null;
    throw new Error('An argument belongs to no option. See --help.');
  }
  const [path] = positionals;
  if (path && positionals.length === 1) return path;
  const what = command === 'backup' ? 'file or folder to write to' : 'file to restore';
  throw new Error(`Give the ${what}, and one only. See --help.`);
}
