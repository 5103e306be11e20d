import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import pg from 'pg';

import { giveTo, isRoot, nobody, runAs } from '../../src/embedded/postgres/account.js';
import { startServer, type Server } from '../../src/embedded/postgres/server.js';

const PROGRAMS = ['initdb', 'postgres', 'pg_dump', 'pg_restore'];

/**
 * The folder of a whole PostgreSQL of the operating system, or null. The embedded one lacks the
 * programs for backup and restore.
 */
export const systemBinaries: string | null =
  [...debians(), ...configured()].find((folder) =>
    PROGRAMS.every((program) => existsSync(join(folder, program))),
  ) ?? null;

if (systemBinaries === null) {
  console.log(
    'No PostgreSQL with initdb and pg_dump: backup, restore, clean slate are not tested.',
  );
}

/** The newest first. */
function debians(): string[] {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root) : [];
  return versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(root, version, 'bin'));
}

function configured(): string[] {
  try {
    return [execFileSync('pg_config', ['--bindir'], { encoding: 'utf8' }).trim()];
  } catch {
    return [];
  }
}

/** A server of the operating system's PostgreSQL, with databases for tests. */
export class SystemPostgres {
  private count = 0;

  private constructor(
    private readonly home: string,
    private readonly server: Server,
  ) {}

  static async start(): Promise<SystemPostgres> {
    const bin = systemBinaries ?? '';
    const home = mkdtempSync(join(tmpdir(), 'model-catalog-system-'));
    chmodSync(home, 0o755); // PostgreSQL may have to run as another user
    const account = isRoot() ? nobody() : undefined;
    const directory = join(home, 'data');
    mkdirSync(directory);
    giveTo(account, directory);
    const options = ['--username=catalog', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8'];
    await promisify(execFile)(
      join(bin, 'initdb'),
      ['-D', directory, ...options, '--no-sync'],
      runAs(account),
    );
    const server = await startServer({
      ...{ native: dirname(bin), directory, account, durable: false },
      logFile: join(home, 'log'),
      answers: (port) => answers(port),
    });
    return new SystemPostgres(home, server);
  }

  /** Port of 127.0.0.1. */
  get port(): number {
    return this.server.port;
  }

  urlOf(database: string): string {
    return `postgresql://catalog@127.0.0.1:${this.port}/${database}`;
  }

  /** A new, empty database; returns its URL. */
  async newDatabase(): Promise<string> {
    const name = `test_${++this.count}`;
    await query(this.urlOf('postgres'), `CREATE DATABASE ${name}`);
    return this.urlOf(name);
  }

  async databases(): Promise<string[]> {
    const rows = await query(this.urlOf('postgres'), 'SELECT datname FROM pg_database');
    return rows.map(({ datname }) => String(datname));
  }

  async stop(): Promise<void> {
    await this.server.stop();
    rmSync(this.home, { recursive: true, force: true });
  }
}

async function answers(port: number): Promise<boolean> {
  return query(`postgresql://catalog@127.0.0.1:${port}/postgres`, 'SELECT 1').then(
    () => true,
    () => false,
  );
}

export async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
