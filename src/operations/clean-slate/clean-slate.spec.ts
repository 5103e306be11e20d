import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';

import { makeOldDatabase, OLD_NAMES } from '../../../test/support/old-database.js';
import { contentOf, operate, Operation } from '../../../test/support/operations.js';
import { query, systemBinaries, SystemPostgres } from '../../../test/support/system-postgres.js';
import { openConnection, connectionParts } from '../../migrations/connection.js';
import { differences } from '../dump-digest.js';
import { remove, removalOf } from './removal.js';

describe.skipIf(systemBinaries === null)('clean-slate', { timeout: 120_000 }, () => {
  let postgres: SystemPostgres;
  let folder: string;

  beforeAll(async () => {
    postgres = await SystemPostgres.start();
    folder = mkdtempSync(join(tmpdir(), 'clean-slate-spec-'));
  });

  afterEach(async () => {
    expect((await postgres.databases()).filter((name) => name.includes('scratch'))).toEqual([]);
    expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  afterAll(async () => {
    await postgres.stop();
    rmSync(folder, { recursive: true });
  });

  async function oldDatabase(): Promise<string> {
    const url = await postgres.newDatabase();
    await makeOldDatabase(url);
    return url;
  }

  /** A session that reads a table in a transaction it does not end before the test does. */
  async function using(url: string, sql: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    onTestFinished(() => client.end());
    await client.query(`BEGIN; ${sql}`);
    return client;
  }

  /** The process number of the session that waits to drop the last table; the others are gone. */
  async function waitsForTheLast(url: string): Promise<unknown> {
    const waiting = `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'
      AND query LIKE 'DROP TABLE IF EXISTS logs%'`;
    const [row] = await vi.waitFor(
      async () => {
        const rows = await query(url, waiting);
        expect(rows).toHaveLength(1);
        return rows;
      },
      { timeout: 60_000, interval: 50 },
    );
    return row?.pid;
  }

  const tablesOf = async (url: string) =>
    (await query(url, `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`)).map(
      ({ tablename }) => String(tablename),
    );

  it('takes an old database to the empty catalogue, and its backup takes it back', async () => {
    const url = await oldDatabase();
    const before = await contentOf(url);
    const file = join(folder, 'old.dump');

    const said = await operate(url, 'clean-slate', '--backup', file);
    const lines = said.split('\n').map((line) => line.replace(/^Removed table (\w+):.*/, '$1'));
    expect(lines.filter((line) => OLD_NAMES.includes(line))).toEqual(OLD_NAMES);
    expect(said).toContain('Removed table messages: 200 rows');
    expect(said).toContain('Removed type "CertificationStatus"');
    expect(said).toContain('Removed table constraint notes_chat on public.notes');
    expect(said).toContain('Removed view public.short_names');
    expect(said).toContain('Untouched: table notes: 2 rows');
    expect(said).toContain(`npm run restore -- ${file} --force`);

    const tables = await tablesOf(url);
    expect(tables).toEqual(expect.arrayContaining(['base_models', 'users', 'logs', 'notes']));
    expect(tables).not.toContain('ai_models');
    expect(await query(url, 'SELECT count(*)::int FROM base_models')).toEqual([{ count: 0 }]);
    expect(await query(url, 'SELECT note FROM notes ORDER BY id')).toEqual([
      { note: 'keep me' },
      { note: 'me too' },
    ]);

    const restored = await operate(url, 'restore', file, '--force');
    expect(restored).toContain('It holds no catalogue');
    expect(differences(before, await contentOf(url))).toEqual([]);
  });

  it('only says what it would remove in a dry run, and does nothing without a backup', async () => {
    const url = await oldDatabase();
    const before = await contentOf(url);
    const said = await operate(url, 'clean-slate', '--dry-run');
    expect(said).toContain('Would remove table ai_models: 3 rows');
    expect(said).toContain('Would remove the old history of migrations: 1 row');
    expect(said).toContain('Untouched: table notes: 2 rows');
    await expect(operate(url, 'clean-slate')).rejects.toThrow(
      '14 tables would be removed, and not without a backup',
    );
    expect(differences(before, await contentOf(url))).toEqual([]);
  });

  it('never takes the tables of the catalogue for those it shares names with', async () => {
    const url = await postgres.newDatabase();
    expect(await operate(url, 'clean-slate')).toMatch(/^Already clean.*\nApplied \d+ migrations/);
    await query(
      url,
      `INSERT INTO users (id, email, password, "updatedAt") VALUES ('u', 'u@x.org', 'p', now())`,
    );
    const before = await contentOf(url);
    const file = join(folder, 'never.dump');
    expect(await operate(url, 'clean-slate', '--backup', file)).toContain('Already clean');
    expect(await operate(url, 'clean-slate', '--dry-run')).toContain('Already clean');
    expect(differences(before, await contentOf(url))).toEqual([]);
    expect(existsSync(file)).toBe(false);
  });

  it('finishes when it was interrupted between the removal and the migrations', async () => {
    const url = await oldDatabase();
    const connection = await openConnection(connectionParts(url));
    await remove(connection, await removalOf(connection));
    await connection.end();
    expect(await operate(url, 'clean-slate')).toMatch(/Applied [1-9]\d* migrations/);
    expect(await tablesOf(url)).toEqual(expect.arrayContaining(['base_models', 'notes']));
  });

  it.each(['killed', 'cut off from the server'])('loses nothing when it is %s', async (how) => {
    const url = await oldDatabase();
    const before = await contentOf(url);
    const reader = await using(url, 'SELECT * FROM logs');
    const file = join(folder, `${how}.dump`);
    const operation = new Operation(url, 'clean-slate', '--backup', file);
    const pid = await waitsForTheLast(url);

    if (how === 'killed') operation.kill('SIGKILL');
    else await query(url, `SELECT pg_terminate_backend(${String(pid)})`);
    expect(await operation.code()).toBe(how === 'killed' ? null : 1);
    if (how !== 'killed') expect(operation.stderr).toMatch(/^Nothing was removed\. /);
    await reader.query('ROLLBACK');
    // The server notices a client that is gone once it has its lock: then it undoes the rest.
    await vi.waitFor(async () => {
      const open = `SELECT 1 FROM pg_stat_activity WHERE pid = ${String(pid)}`;
      expect(await query(url, open)).toEqual([]);
    }, 30_000);
    expect(differences(before, await contentOf(url))).toEqual([]);
    expect(existsSync(file)).toBe(true);
  });

  it('gives up on tables that somebody goes on writing to', async () => {
    const url = await oldDatabase();
    const before = await contentOf(url);
    const writer = await using(url, `UPDATE users SET name = 'x'`);
    const file = join(folder, 'busy.dump');
    await expect(operate(url, 'clean-slate', '--backup', file)).rejects.toThrow(
      'Nothing was removed. Somebody has used the old tables for 10 s',
    );
    await writer.query('ROLLBACK');
    expect(existsSync(file)).toBe(false);
    expect(differences(before, await contentOf(url))).toEqual([]);
  });

  it('removes nothing where the new tables would not fit beside what stays', async () => {
    const url = await oldDatabase();
    await query(url, 'CREATE TABLE providers (mine text)');
    const before = await contentOf(url);
    await expect(
      operate(url, 'clean-slate', '--backup', join(folder, 'misfit.dump')),
    ).rejects.toThrow(/^Nothing was removed\. On a copy.*"providers" already exists/);
    expect(differences(before, await contentOf(url))).toEqual([]);
  });

  it('keeps a type that a table of somebody else uses, and says what is in the way', async () => {
    const url = await oldDatabase();
    await query(url, 'CREATE TABLE theirs (status "CertificationStatus"[])');
    const said = await operate(url, 'clean-slate', '--dry-run');
    expect(said).toContain('Would remove type "Role"');
    expect(said).not.toContain('type "CertificationStatus"');
    await expect(
      operate(url, 'clean-slate', '--backup', join(folder, 'type.dump')),
    ).rejects.toThrow(/"CertificationStatus" already exists/);
  });

  it('removes nothing when the backup cannot be restored', async () => {
    const url = await oldDatabase();
    // Found by its search path, which a restore leaves empty: a well-known way to spoil a backup.
    await query(
      url,
      `CREATE FUNCTION twice(i int) RETURNS int IMMUTABLE LANGUAGE plpgsql
         AS 'BEGIN RETURN answer() * i; END';
       CREATE TABLE spoilt (i int CHECK (twice(i) > 0)); INSERT INTO spoilt VALUES (1);`,
    );
    const before = await contentOf(url);
    await expect(
      operate(url, 'clean-slate', '--backup', join(folder, 'spoilt.dump')),
    ).rejects.toThrow(/^Nothing was removed\. pg_restore failed: .*answer\(\)/);
    expect(differences(before, await contentOf(url))).toEqual([]);
  });

  /** A folder with the real programs, and one that is replaced by a script. */
  function programsWith(program: 'pg_dump' | 'pg_restore', script: string): string {
    const programs = mkdtempSync(join(folder, 'programs-'));
    const other = program === 'pg_dump' ? 'pg_restore' : 'pg_dump';
    symlinkSync(join(systemBinaries ?? '', other), join(programs, other));
    const lines = ['#!/bin/sh', `PATH=${systemBinaries ?? ''}:$PATH`, script, ''];
    writeFileSync(join(programs, program), lines.join('\n'), { mode: 0o755 });
    return programs;
  }

  it('keeps writers out from before the backup to the end', async () => {
    const url = await oldDatabase();
    const [waiting, go] = [join(folder, 'waiting'), join(folder, 'go')];
    const wait = `case "$*" in *=custom*) touch ${waiting}; until [ -e ${go} ]; do sleep 0.1; done;; esac`;
    const programs = programsWith('pg_dump', `${wait}; exec pg_dump "$@"`);
    const file = join(folder, 'kept-out.dump');
    const cleaning = operate(url, 'clean-slate', '--backup', file, '--pg-bin', programs);
    await vi.waitFor(() => expect(existsSync(waiting)).toBe(true), 60_000);
    await expect(
      query(url, `SET lock_timeout = 100; INSERT INTO chats VALUES ('late', 'u1')`),
    ).rejects.toThrow('lock timeout');
    expect(await query(url, 'SELECT count(*)::int FROM chats')).toEqual([{ count: 2 }]);
    writeFileSync(go, '');
    expect(await cleaning).toContain('Removed table chats: 2 rows');
  });

  it('removes nothing when the backup restores something else', async () => {
    const url = await oldDatabase();
    const spoil = `psql -qc "UPDATE notes SET note = 'x' WHERE id = 1"`;
    const programs = programsWith(
      'pg_restore',
      `pg_restore "$@" || exit 1; case "$*" in *--dbname*) ${spoil};; esac`,
    );
    const args = ['--backup', join(folder, 'else.dump'), '--pg-bin', programs];
    await expect(operate(url, 'clean-slate', ...args)).rejects.toThrow(
      'does not restore what was backed up (public.notes: 3 lines here, 3 in the backup)',
    );
    expect(await tablesOf(url)).toEqual(expect.arrayContaining(OLD_NAMES));
  });
});
