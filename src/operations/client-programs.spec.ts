import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ClientPrograms, connectionEnv } from './client-programs.js';

const { signal } = new AbortController();

/** A folder with programs that only tell their version. */
function programsOf(versions: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'programs-spec-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [program, version] of Object.entries(versions)) {
    const script = `#!/bin/sh\necho "${program} (PostgreSQL) ${version}"\n`;
    writeFileSync(join(folder, program), script, { mode: 0o755 });
  }
  return folder;
}

const find = (server: number, folder: string) =>
  ClientPrograms.find(server, { folder, env: { PATH: process.env.PATH }, signal });

describe('ClientPrograms', () => {
  it('are those of the version of the server, or newer where that does no harm', async () => {
    const debian = { pg_dump: '15.18 (Debian 15.18-0+deb12u1)', pg_restore: '15.18' };
    expect((await find(15, programsOf(debian))).version).toBe(15);
    expect((await find(14, programsOf(debian))).version).toBe(15);
    const newest = { pg_dump: '19beta1', pg_restore: '19devel' };
    expect((await find(18, programsOf(newest))).version).toBe(19);
  });

  it.each([
    [18, { pg_dump: '15.18', pg_restore: '15.18' }, 'version 15 cannot handle'],
    [18, { pg_dump: '18.1', pg_restore: '16.2' }, 'version 16 cannot handle'],
    [15, { pg_dump: '17.0', pg_restore: '17.0' }, 'does not understand pg_restore of version 17'],
    [16, {}, 'pg_dump is missing'],
    [16, { pg_dump: '16.1' }, 'pg_restore is missing'],
  ])('for PostgreSQL %d, says what to install instead of %j', async (server, found, sentence) => {
    const error: unknown = await find(server, programsOf(found)).catch((reason: unknown) => reason);
    expect(String(error)).toContain(sentence);
    expect(String(error)).toContain(`install postgresql-client-${server} `);
  });
});

describe('connectionEnv', () => {
  it('is what PostgreSQL understands of a URL', () => {
    const url = `postgresql://o%27neil:p%40ss%20w@db.example:6543/my%20db?sslmode=verify-full&sslrootcert=${process.argv[1]}`;
    expect(connectionEnv(url)).toEqual({
      PGHOST: 'db.example',
      PGPORT: '6543',
      PGUSER: "o'neil",
      PGPASSWORD: 'p@ss w',
      PGDATABASE: 'my db',
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: process.argv[1],
      PGCONNECT_TIMEOUT: '10',
    });
  });

  it('sets no password that the URL does not have', () => {
    expect(connectionEnv('postgresql://me@h/d')).not.toHaveProperty('PGPASSWORD');
  });
});
