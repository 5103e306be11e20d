import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { makeOldDatabase, OLD_NAMES } from '../../../test/support/old-database.js';
import { query, systemBinaries, SystemPostgres } from '../../../test/support/system-postgres.js';
import { runCommand } from '../commands.js';
import { differences, digestOf, type DumpDigest } from '../dump-digest.js';
import { spawn } from 'node:child_process';

let postgres: SystemPostgres;
let folder: string;

async function run(url: string, ...args: string[]): Promise<string> {
  const lines: string[] = [];
  const { signal } = new AbortController();
  const print = (line: string) => lines.push(line);
  await runCommand([...args, '--pg-bin', systemBinaries ?? ''], {
    env: { ...process.env, DATABASE_URL: url },
    print,
    signal,
  });
  return lines.join('\n');
}

/** What a database holds, by the same programs but past the code under test. */
async function dump(url: string): Promise<DumpDigest> {
  const child = spawn(join(systemBinaries ?? '', 'pg_dump'), [url]);
  return digestOf(child.stdout);
}

async function oldDatabase(): Promise<string> {
  const url = await postgres.newDatabase();
  await makeOldDatabase(url);
  return url;
}

const tablesOf = async (url: string) =>
  (
    await query(
      url,
      `SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    )
  ).map(({ relname }) => String(relname));

describe.skipIf(systemBinaries === null)('clean-slate', () => {
  beforeAll(async () => {
    postgres = await SystemPostgres.start();
    folder = mkdtempSync(join(tmpdir(), 'clean-slate-spec-'));
  });
  afterAll(async () => {
    await postgres.stop();
    rmSync(folder, { recursive: true });
  });

  it('takes an old database to the empty catalogue, and the backup takes it back', async () => {
    const url = await oldDatabase();
    const before = await dump(url);
    const file = join(folder, 'old.dump');

    const said = await run(url, 'clean-slate', '--backup', file);
    console.log(said);
    expect(await tablesOf(url)).toEqual(expect.arrayContaining(['base_models', 'users', 'notes']));
    console.log(await run(url, 'restore', file, '--force'));
    expect(differences(before, await dump(url))).toEqual([]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(`${file}.sha256`, 'utf8')).toBe(
      `${createHash('sha256').update(readFileSync(file)).digest('hex')}  old.dump\n`,
    );
    expect(OLD_NAMES).toHaveLength(14);
  });
});
