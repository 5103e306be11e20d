import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../embedded/postgres/embedded-postgres.js';
import { type MigrationPaths, projectPaths } from './folder.js';
import {
  applyMigrations,
  createMigration,
  driftBetweenMigrationsAndSchema,
  migrationStatus,
} from './migrations.js';

const ENGINE_LOCK = 72_707_369;
let scratch: string;
let postgres: EmbeddedPostgres;
let count = 0;

beforeAll(async () => {
  scratch = await fs.mkdtemp(join(tmpdir(), 'migrations-spec-'));
  await fs.chmod(scratch, 0o755);
  postgres = await startEmbeddedPostgres({
    dataDir: join(scratch, 'data'),
    database: 'spec',
    notice: () => undefined,
    durable: false,
  });
}, 30_000);

afterAll(async () => {
  await postgres.stop();
  await fs.rm(scratch, { recursive: true, force: true });
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return rows;
  } finally {
    await client.end();
  }
}

async function emptyDatabase(): Promise<string> {
  const name = `spec_${++count}`;
  await query(postgres.url, `CREATE DATABASE ${name}`);
  return postgres.url.replace(/[^/]+$/, name);
}

/** A copy of the project's schema and migrations that a test may spoil. */
async function copyOfProject(): Promise<MigrationPaths> {
  const copy = await fs.mkdtemp(join(scratch, 'prisma-'));
  await fs.cp(dirname(projectPaths.schema), copy, { recursive: true });
  return { schema: join(copy, 'schema.prisma'), migrations: join(copy, 'migrations') };
}

async function addMigration(paths: MigrationPaths, name: string, sql: string): Promise<void> {
  const directory = join(paths.migrations, name);
  await fs.mkdir(directory);
  await fs.writeFile(join(directory, 'migration.sql'), sql);
}

async function migrationNames({ migrations }: MigrationPaths): Promise<string[]> {
  return (await fs.readdir(migrations)).filter((name) => /^\d/.test(name)).sort();
}

const shadows = () =>
  query(postgres.url, `SELECT datname FROM pg_database WHERE datname LIKE '%shadow%'`);

describe('applyMigrations', () => {
  it('brings an empty database up to date, once', async () => {
    const url = await emptyDatabase();
    const all = await migrationNames(projectPaths);
    expect(await migrationStatus(url)).toEqual({ applied: [], pending: all, problems: [] });

    expect(await applyMigrations(url)).toEqual(all);
    expect(await migrationStatus(url)).toEqual({ applied: all, pending: [], problems: [] });
    expect(await applyMigrations(url)).toEqual([]);
  });

  it('leaves the records that Prisma leaves', async () => {
    const url = await emptyDatabase();
    const [name] = await applyMigrations(url);
    const file = await fs.readFile(join(projectPaths.migrations, `${name}`, 'migration.sql'));

    const [record] = await query(url, 'SELECT * FROM _prisma_migrations ORDER BY migration_name');
    expect(record).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      checksum: createHash('sha256').update(file).digest('hex'),
      migration_name: name,
      started_at: expect.any(Date),
      finished_at: expect.any(Date),
      applied_steps_count: 1,
      logs: null,
      rolled_back_at: null,
    });
  });

  it('applies once when called twice at the same time', async () => {
    const url = await emptyDatabase();
    const both = await Promise.all([applyMigrations(url), applyMigrations(url)]);
    expect(both.flat().sort()).toEqual(await migrationNames(projectPaths));
  });

  it('waits for a migration that another process is applying', async () => {
    const url = await emptyDatabase();
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    await other.query(`SELECT pg_advisory_lock(${ENGINE_LOCK})`);

    const applying = applyMigrations(url);
    const waiting = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`;
    await expect.poll(() => query(url, waiting)).toHaveLength(1);
    expect(await migrationStatus(url)).toMatchObject({ applied: [] });

    await other.end();
    expect(await applying).toEqual(await migrationNames(projectPaths));
  });

  it('sends a script whole, whatever its semicolons are in', async () => {
    const url = await emptyDatabase();
    const paths = await copyOfProject();
    await addMigration(
      paths,
      '29990101000000_semicolons',
      `-- one; two\nCREATE TABLE notes AS SELECT 'a;b' AS note;\nDO $$ BEGIN PERFORM 1; END $$;`,
    );
    await applyMigrations(url, paths);
    expect(await query(url, 'SELECT note FROM notes')).toEqual([{ note: 'a;b' }]);
  });

  it('undoes a migration that fails, and applies no more before it is resolved', async () => {
    const url = await emptyDatabase();
    const paths = await copyOfProject();
    const bad = '29990101000000_bad';
    await addMigration(paths, bad, 'CREATE TABLE half (i INT); SELECT nothing_such;');

    await expect(applyMigrations(url, paths)).rejects.toThrow(
      /^Migration 29990101000000_bad failed: column "nothing_such" does not exist$/,
    );
    expect(await query(url, `SELECT to_regclass('half')`)).toEqual([{ to_regclass: null }]);
    const problem = expect.stringMatching(/^Migration 29990101000000_bad failed .*resolve/);
    expect(await migrationStatus(url, paths)).toEqual({
      applied: await migrationNames(projectPaths),
      pending: [],
      problems: [problem],
    });
    await expect(applyMigrations(url, paths)).rejects.toMatchObject({ message: problem });
  });

  it('refuses a folder without migrations', async () => {
    const paths = { ...projectPaths, migrations: join(scratch, 'nothing') };
    await expect(applyMigrations(postgres.url, paths)).rejects.toThrow(
      `There are no migrations in ${paths.migrations}.`,
    );
  });

  it('enters with any password, and repeats none', async () => {
    const password = `p@ss:w/rd?#%é '&+`;
    const url = new URL(await emptyDatabase());
    await query(
      postgres.url,
      `CREATE ROLE "o'neil@home" SUPERUSER LOGIN PASSWORD '${password.replace("'", "''")}'`,
    );
    url.username = encodeURIComponent("o'neil@home");
    url.password = encodeURIComponent(password);
    expect(await applyMigrations(url.href)).toEqual(await migrationNames(projectPaths));
    await driftBetweenMigrationsAndSchema(url.href);

    url.password = 'wrong-secret';
    await expect(applyMigrations(url.href)).rejects.toThrow(
      /^PostgreSQL at 127.+ refuses the connection: password authentication failed for user "o'neil@home"$/,
    );
  });
});

describe('migrationStatus', () => {
  it('names migrations that were edited or removed after they were applied', async () => {
    const url = await emptyDatabase();
    const paths = await copyOfProject();
    await addMigration(paths, '29990101000000_gone', 'SELECT 1;');
    await applyMigrations(url, paths);
    await fs.rm(join(paths.migrations, '29990101000000_gone'), { recursive: true });
    const [first] = await migrationNames(paths);
    await fs.appendFile(join(paths.migrations, `${first}`, 'migration.sql'), '-- edited');

    expect((await migrationStatus(url, paths)).problems).toEqual([
      `Migration ${first} was edited after it was applied: restore its migration.sql.`,
      'Migration 29990101000000_gone was applied, but is missing in the migrations folder.',
    ]);
  });
});

describe('the schema against the migrations', () => {
  it('finds the schema of the project and its migrations alike', async () => {
    expect(await driftBetweenMigrationsAndSchema(postgres.url)).toBe('');
    expect(await createMigration(postgres.url, 'nothing', await copyOfProject())).toBeNull();
    expect(await shadows()).toEqual([]);
  });

  it('writes what a changed schema needs, and finds them alike after that', async () => {
    const paths = await copyOfProject();
    await fs.appendFile(paths.schema, 'model Extra {\n  id Int @id\n}\n');
    expect(await driftBetweenMigrationsAndSchema(postgres.url, paths)).toContain(
      'CREATE TABLE "Extra"',
    );

    const file = await createMigration(postgres.url, ' Add the Extra-table! ', paths);
    expect(file).toMatch(/\/\d{14}_add_the_extra_table\/migration\.sql$/);
    expect(await driftBetweenMigrationsAndSchema(postgres.url, paths)).toBe('');
    const applied = await applyMigrations(await emptyDatabase(), paths);
    expect(applied).toEqual(await migrationNames(paths));
  });

  it('writes the whole schema into a new folder', async () => {
    const paths = { ...projectPaths, migrations: join(scratch, 'new') };
    const file = await createMigration(postgres.url, 'init', paths);
    expect(await fs.readFile(`${file}`, 'utf8')).toContain('CREATE TABLE "base_models"');
  });

  it('refuses a name without letters', async () => {
    await expect(createMigration(postgres.url, '--')).rejects.toThrow(
      'The name of a migration needs letters or digits.',
    );
  });

  it('names a migration that cannot be replayed, and drops the shadow database', async () => {
    const paths = await copyOfProject();
    await addMigration(paths, '29990101000000_bad', 'SELECT nothing_such;');
    await expect(driftBetweenMigrationsAndSchema(postgres.url, paths)).rejects.toThrow(
      'Migration 29990101000000_bad failed: column "nothing_such" does not exist',
    );
    expect(await shadows()).toEqual([]);
  });
});
