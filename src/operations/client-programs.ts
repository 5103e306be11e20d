import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { connectionParts } from '../migrations/connection.js';

type Program = 'pg_dump' | 'pg_restore';
type Stdout = 'ignore' | ((stdout: Readable) => Promise<void>);

/** What of our surroundings PostgreSQL's programs need: no setting of the service is among it. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'PGPASSWORD', 'PGPASSFILE', 'SystemRoot'];

/** Parameters of a database URL, by the variables that PostgreSQL's programs know them by. */
const OF_URL = {
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  options: 'PGOPTIONS',
};

/** Since then they set a parameter that older servers do not know. */
const STRANGE_TO_OLDER = 17;

/** PostgreSQL's own programs for backup and restore, of a version that fits the server. */
export class ClientPrograms {
  private constructor(
    /** Null: PATH. */
    private readonly folder: string | null,
    /** The major version of the programs. */
    readonly version: number,
    private readonly env: NodeJS.ProcessEnv,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Finds them in `folder`, or else where Debian keeps those of the server's version, or else on
   * PATH.
   * @param serverVersion the major version of the server
   * @throws Error that says what to install
   */
  static async find(
    serverVersion: number,
    { folder, env, signal }: { folder?: string; env: NodeJS.ProcessEnv; signal: AbortSignal },
  ): Promise<ClientPrograms> {
    const debians = `/usr/lib/postgresql/${serverVersion}/bin`;
    const where = folder ?? (existsSync(join(debians, 'pg_dump')) ? debians : null);
    const passed = Object.fromEntries(PASSED_ON.map((name) => [name, env[name]]));
    const programs = (version: number) =>
      new ClientPrograms(where, version, { ...passed, LC_ALL: 'C' }, signal);
    const versions = [
      await programs(0).versionOf('pg_dump', serverVersion),
      await programs(0).versionOf('pg_restore', serverVersion),
    ];
    const version = Math.min(...versions);
    if (version < serverVersion) {
      throw new Error(
        `The server is PostgreSQL ${serverVersion}, which pg_dump and pg_restore of version ` +
          `${version} cannot handle: ${whatToInstall(serverVersion)}`,
      );
    }
    if (version >= STRANGE_TO_OLDER && serverVersion < STRANGE_TO_OLDER) {
      throw new Error(
        `The server is PostgreSQL ${serverVersion}, which does not understand pg_restore of ` +
          `version ${version}: ${whatToInstall(serverVersion)}`,
      );
    }
    return programs(version);
  }

  /**
   * Runs a program to its end. The password goes by its environment, for a list of processes shows
   * arguments.
   * @param databaseUrl null: it needs no server
   * @throws Error with what the program said
   */
  async run(
    program: Program,
    args: readonly string[],
    databaseUrl: string | null,
    stdout: Stdout = 'ignore',
  ): Promise<void> {
    const child = spawn(this.path(program), ['--no-password', ...args], {
      env: { ...this.env, ...(databaseUrl !== null && connectionEnv(databaseUrl)) },
      stdio: ['ignore', stdout === 'ignore' ? 'ignore' : 'pipe', 'pipe'],
      signal: this.signal,
    });
    const said: string[] = [];
    child.stderr?.setEncoding('utf8').on('data', (text: string) => said.push(text));
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    const read = child.stdout && stdout !== 'ignore' ? stdout(child.stdout) : undefined;
    const [code] = await Promise.all([ended, read]).catch((error: unknown) => {
      throw this.signal.aborted ? this.signal.reason : error;
    });
    if (code !== 0) throw new Error(`${program} failed: ${firstFault(said.join(''), code)}`);
  }

  private async versionOf(program: Program, serverVersion: number): Promise<number> {
    const missing = `${program} is missing: ${whatToInstall(serverVersion)}`;
    let text = '';
    const child = spawn(this.path(program), ['--version'], {
      env: this.env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
    await new Promise((resolve, reject) => {
      child.once('close', resolve).once('error', (error) => {
        reject(new Error(missing, { cause: error }));
      });
    });
    const major = /(\d+)(?:\.\d+|beta|rc|devel)/.exec(text)?.[1];
    if (major === undefined) throw new Error(missing);
    return Number(major);
  }

  private path(program: Program): string {
    return this.folder === null ? program : join(this.folder, program);
  }
}

function whatToInstall(version: number): string {
  return (
    `install postgresql-client-${version} (apt.postgresql.org has it where the distribution ` +
    'does not), or name the folder of its programs with --pg-bin.'
  );
}

/** The connection of the URL in the variables that PostgreSQL's programs read. */
export function connectionEnv(databaseUrl: string): NodeJS.ProcessEnv {
  const { host, port, user, password, database } = connectionParts(databaseUrl);
  const parameters = new URL(databaseUrl).searchParams;
  const env: NodeJS.ProcessEnv = {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGDATABASE: database,
    PGCONNECT_TIMEOUT: '10',
    ...(typeof password === 'string' && password !== '' && { PGPASSWORD: password }),
  };
  for (const [name, variable] of Object.entries(OF_URL)) {
    const value = parameters.get(name);
    // What only Node's driver knows: encrypted, whoever answers.
    if (value !== null) env[variable] = value === 'no-verify' ? 'require' : value;
  }
  return env;
}

/** Its first line that is an error, without the name of the program and without hints. */
function firstFault(said: string, code: number | null): string {
  const lines = said.split('\n').flatMap((line) => line.trim() || []);
  const fault = lines.find((line) => /error:/i.test(line)) ?? lines[0];
  return fault?.replace(/^\S+: (error: )?/, '') ?? `exit code ${code ?? 'none'}.`;
}
