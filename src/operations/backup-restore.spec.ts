import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';

import { makeOldDatabase } from '../../test/support/old-database.js';
import { contentOf, operate, Operation } from '../../test/support/operations.js';
import { query, systemBinaries, SystemPostgres } from '../../test/support/system-postgres.js';
import { applyMigrations } from '../migrations/migrations.js';
import { differences } from './dump-digest.js';

describe.skipIf(systemBinaries === null)('backup and restore', { timeout: 120_000 }, () => {
  let postgres: SystemPostgres;
  let folder: string;
  let full: string;

  beforeAll(async () => {
    postgres = await SystemPostgres.start();
    folder = fs.mkdtempSync(join(tmpdir(), 'backup-spec-'));
    full = await postgres.newDatabase();
    await makeOldDatabase(full);
  });

  afterEach(async () => {
    expect((await postgres.databases()).filter((name) => name.includes('scratch'))).toEqual([]);
    expect(fs.readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  afterAll(async () => {
    await postgres.stop();
    fs.rmSync(folder, { recursive: true });
  });

  async function backup(): Promise<string> {
    const file = join(folder, `${Math.random()}.dump`);
    await operate(full, 'backup', file);
    return file;
  }

  it('writes a file that only its owner may read, with its checksum, and compares on request', async () => {
    const file = join(folder, 'one.dump');
    const said = await operate(full, 'backup', file, '--verify');
    const sha256 = createHash('sha256').update(fs.readFileSync(file)).digest('hex');
    expect(said).toContain(`Wrote ${file} (${fs.statSync(file).size} bytes, SHA-256 ${sha256}).`);
    expect(said).toContain('is equal');
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(fs.readFileSync(`${file}.sha256`, 'utf8')).toBe(`${sha256}  one.dump\n`);
  });

  it('names the file in a folder, and overwrites none', async () => {
    const into = fs.mkdtempSync(join(folder, 'into-'));
    await operate(full, 'backup', into);
    const [name = ''] = fs.readdirSync(into);
    expect(name).toMatch(/^test_1-\d{8}T\d{6}Z\.dump$/);
    const before = fs.readFileSync(join(into, name));
    await expect(operate(full, 'backup', join(into, name))).rejects.toThrow('overwrites nothing');
    expect(fs.readFileSync(join(into, name))).toEqual(before);
    await expect(operate(full, 'backup', join(folder, 'no', 'x'))).rejects.toThrow(
      /x\.partial cannot be written \(ENOENT\)\.$/,
    );
  });

  it('restores byte for byte into an empty database, and says which migrations are missing', async () => {
    const catalogue = await postgres.newDatabase();
    const applied = await applyMigrations(catalogue);
    await query(
      catalogue,
      `INSERT INTO users (id, email, password, "updatedAt") VALUES ('u', 'ü@x.org', 'p', now());
       DELETE FROM _prisma_migrations WHERE migration_name = '${applied.at(-1)}'`,
    );
    const file = join(folder, 'catalogue.dump');
    await operate(catalogue, 'backup', file);
    const target = await postgres.newDatabase();
    const said = await operate(target, 'restore', file);
    expect(said).toContain(`Pending migrations: ${applied.at(-1)}; npm run db:migrate`);
    expect(differences(await contentOf(catalogue), await contentOf(target))).toEqual([]);
  });

  it('restores over nothing, unless what is there is to be set aside', async () => {
    const file = await backup();
    const target = await postgres.newDatabase();
    await query(target, `CREATE TYPE mine AS ENUM ('a')`);
    await expect(operate(target, 'restore', file)).rejects.toThrow('The database is not empty');

    const said = await operate(target, 'restore', file, '--force');
    const [, aside = ''] = /is the database (\w+) now/.exec(said) ?? [];
    expect(differences(await contentOf(full), await contentOf(target))).toEqual([]);
    expect(await query(postgres.urlOf(aside), `SELECT 'a'::mine AS mine`)).toEqual([{ mine: 'a' }]);
  });

  it('puts a database in the place of one that is set aside, and in its likeness', async () => {
    const file = await backup();
    const target = await postgres.newDatabase();
    const name = new URL(target).pathname.slice(1);
    const elsewhere = postgres.urlOf('postgres');
    for (const statement of [
      `DROP DATABASE ${name}`,
      'CREATE ROLE "the owner"',
      'CREATE ROLE reader',
      `CREATE DATABASE ${name} TEMPLATE template0 OWNER "the owner"
         LOCALE_PROVIDER icu ICU_LOCALE 'de-AT' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8' CONNECTION LIMIT 7`,
      `REVOKE ALL ON DATABASE ${name} FROM PUBLIC`,
      `GRANT CONNECT ON DATABASE ${name} TO reader WITH GRANT OPTION`,
      `ALTER DATABASE ${name} SET search_path TO "$user", public, 'A b'`,
      `ALTER DATABASE ${name} SET my.word TO 'it''s'`,
      `ALTER ROLE reader IN DATABASE ${name} SET statement_timeout TO '5s'`,
    ]) {
      await query(elsewhere, statement);
    }
    const likeness = async () => {
      const [found] = await query(
        elsewhere,
        `SELECT to_jsonb(d) - 'oid' - 'datfrozenxid' - 'datminmxid' AS row,
                (SELECT jsonb_agg(to_jsonb(s) - 'setdatabase' ORDER BY setrole)
                   FROM pg_db_role_setting s WHERE setdatabase = d.oid) AS settings
           FROM pg_database d WHERE datname = '${name}'`,
      );
      return found;
    };
    await query(target, 'CREATE TABLE mine (i int)');
    const before = await likeness();
    await operate(target, 'restore', file, '--force');
    expect(await likeness()).toEqual(before);
    expect(await query(target, `SELECT to_regclass('mine') AS mine`)).toEqual([{ mine: null }]);
  });

  it('leaves a database that is in use as it is', async () => {
    const file = await backup();
    const target = await postgres.newDatabase();
    await query(target, 'CREATE TABLE mine (i int)');
    const client = new pg.Client({ connectionString: target });
    await client.connect();
    onTestFinished(() => client.end());
    await expect(operate(target, 'restore', file, '--force')).rejects.toThrow(
      /cannot be set aside, so it is as it was: .* is being accessed by other users\.$/,
    );
    expect((await client.query('SELECT * FROM mine')).rows).toEqual([]);
  });

  it.each([
    ['cut off, beside its checksum', true, (bytes: Buffer) => bytes.subarray(0, -40), 'is damaged'],
    ['cut off', false, (bytes: Buffer) => bytes.subarray(0, -40), 'is no complete backup'],
    [
      'cut in half',
      false,
      (bytes: Buffer) => bytes.subarray(0, bytes.length / 2),
      'is no complete',
    ],
    ['empty', false, () => Buffer.alloc(0), 'is no complete backup'],
    ['changed in one bit', true, (bytes: Buffer) => flipped(bytes), 'is damaged'],
  ])('refuses a backup that is %s', async (_, keepsChecksum, spoil, sentence) => {
    const file = await backup();
    fs.writeFileSync(file, spoil(fs.readFileSync(file)));
    if (!keepsChecksum) fs.rmSync(`${file}.sha256`);
    const target = await postgres.newDatabase();
    await expect(operate(target, 'restore', file)).rejects.toThrow(sentence);
    expect(await query(target, `SELECT 1 FROM pg_tables WHERE schemaname = 'public'`)).toEqual([]);
  });

  it('restores all or nothing', async () => {
    const role = 'CREATE ROLE passing; ALTER TABLE notes OWNER TO passing';
    await query(full, role);
    const file = await backup();
    await query(full, 'ALTER TABLE notes OWNER TO catalog; DROP ROLE passing');
    const target = await postgres.newDatabase();
    await expect(operate(target, 'restore', file)).rejects.toThrow('role "passing" does not exist');
    expect(await query(target, `SELECT 1 FROM pg_tables WHERE schemaname = 'public'`)).toEqual([]);
    await operate(target, 'restore', file, '--no-owner');
    expect(differences(await contentOf(full), await contentOf(target))).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('shows no password in a list of processes', async () => {
    const holder = new pg.Client({ connectionString: full });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE logs'); // pg_dump waits for it
    const secret = 'hidden-in-the-environment';
    const file = join(folder, 'secret.dump');
    const operation = new Operation(full.replace('catalog@', `catalog:${secret}@`), 'backup', file);
    const dumping = await vi.waitFor(
      () => {
        const lines = commandLines().filter((line) => line.includes(`${file}.partial`));
        expect(lines).toHaveLength(1);
        return lines[0];
      },
      { timeout: 60_000, interval: 50 },
    );
    expect(dumping).toContain('pg_dump');
    expect(commandLines().filter((line) => line.includes(secret))).toEqual([]);

    operation.kill('SIGTERM');
    expect(await operation.code()).toBe(1);
    expect(operation.stderr).toBe('Stopped.\n');
    expect(fs.existsSync(file)).toBe(false);
    await holder.end();
  });
});

function flipped(bytes: Buffer): Buffer {
  const at = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return bytes;
}

function commandLines(): string[] {
  return fs.readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    } catch {
      return []; // it has ended
    }
  });
}
