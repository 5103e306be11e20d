import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';

import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../src/embedded/postgres/embedded-postgres.js';
import { runScript, startBaseline, startRedis, startService, type Child } from './children.js';
import { seed, type Size } from './seed.js';

const TEMPLATE = 'template';

/** A seeded database of its own. */
export interface Database {
  readonly url: string;
  readonly client: pg.Client;
}

/** One PostgreSQL for all figures, and what runs beside it; `stop` ends all of it. */
export class Bench {
  private readonly children: Child[] = [];
  private readonly clients: pg.Client[] = [];
  private databases = 0;
  private stopped: Promise<void> | undefined;

  private constructor(
    /** Short rounds and fewer rows: shows that the benchmark works, not what the service can do. */
    readonly quick: boolean,
    private readonly postgres: EmbeddedPostgres,
    private readonly directory: string,
  ) {}

  static async start(quick: boolean): Promise<Bench> {
    const dataDir = mkdtempSync(join(tmpdir(), 'model-catalog-bench-'));
    chmodSync(dataDir, 0o755); // PostgreSQL may have to run as another user
    const postgres = await startEmbeddedPostgres({
      dataDir,
      database: TEMPLATE,
      notice: () => undefined,
    });
    const bench = new Bench(quick, postgres, dataDir);
    await runScript('dist/migrations/cli.js', ['migrate'], { DATABASE_URL: postgres.url });
    return bench;
  }

  /** How long a round lasts, and how many count. */
  get rounds(): { seconds: number; rounds: number } {
    return this.quick ? { seconds: 1, rounds: 3 } : { seconds: 4, rounds: 5 };
  }

  get postgresLog(): string {
    return join(this.directory, 'postgres.log');
  }

  /** Runs a statement as superuser, outside the databases that are measured. */
  async administer(statement: string): Promise<pg.QueryResult> {
    const client = new pg.Client({ connectionString: this.urlOf('postgres') });
    await client.connect();
    try {
      return await client.query(statement);
    } finally {
      await client.end();
    }
  }

  async database(size: Size): Promise<Database> {
    this.databases += 1;
    const name = `bench_${this.databases}`;
    await this.administer(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
    const url = this.urlOf(name);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    this.clients.push(client);
    await seed(client, size);
    return { url, client };
  }

  async service({ url }: Database, settings: Record<string, string> = {}): Promise<Child> {
    const child = await startService(url, settings);
    this.children.push(child);
    return child;
  }

  async baseline(file: string, task: unknown): Promise<Child> {
    const child = await startBaseline(file, task);
    this.children.push(child);
    return child;
  }

  /** An empty Redis; null when the machine has none. */
  async redis(): Promise<Child | null> {
    const child = await startRedis();
    if (child) this.children.push(child);
    return child;
  }

  /** Ends what one benchmark started; the server stays for the next. */
  async clear(): Promise<void> {
    await Promise.all(this.children.splice(0).map((child) => child.stop()));
    await Promise.all(this.clients.splice(0).map((client) => client.end()));
  }

  /** The version of PostgreSQL. */
  async serverVersion(): Promise<string> {
    const { rows } = await this.administer('SHOW server_version');
    const [row]: unknown[] = rows;
    return typeof row === 'object' && row && 'server_version' in row
      ? String(row.server_version)
      : 'unknown';
  }

  stop(): Promise<void> {
    return (this.stopped ??= this.end());
  }

  private async end(): Promise<void> {
    await this.clear();
    await this.postgres.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private urlOf(database: string): string {
    const url = new URL(this.postgres.url);
    url.pathname = `/${database}`;
    return url.href;
  }
}
