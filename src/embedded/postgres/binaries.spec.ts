import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { barrier, ENTER, nobody } from './account.js';
import { binariesBarrier, copyBinaries, installedBinaries, linkLibraries } from './binaries.js';

describe('the binaries', () => {
  const native = installedBinaries();
  let home: string;
  let copy: string;
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'binaries-'));
    mkdirSync(join(home, 'postgresql-17.0.0'));
    mkdirSync(join(home, 'postgresql-18.4.0.partial'));
    copy = await copyBinaries(native, home);
  });
  afterAll(() => rmSync(home, { recursive: true }));

  const version = () =>
    execFileSync(join(copy, 'bin', 'postgres'), ['--version'], { encoding: 'utf8', stdio: 'pipe' });

  it('run from a copy, and nothing of other copies stays', () => {
    expect(version()).toMatch(/PostgreSQL\) 18\./);
    const names = execFileSync('ls', [home], { encoding: 'utf8' }).trim().split('\n');
    expect(names).toEqual([expect.stringMatching(/^postgresql-18\..*\d$/)]);
  });

  it('are not copied again while the copy is complete', async () => {
    const mark = join(copy, 'mark');
    writeFileSync(mark, '');
    expect(await copyBinaries(native, home)).toBe(copy);
    expect(existsSync(mark)).toBe(true);
  });

  it('are copied again when a file of the copy is damaged', async () => {
    truncateSync(join(copy, 'bin', 'postgres'), 0);
    await copyBinaries(native, home);
    expect(version()).toMatch(/PostgreSQL\) 18\./);
  });

  it.runIf(process.platform === 'linux')('get back the library links they miss', async () => {
    rmSync(join(copy, 'lib', 'libicuuc.so.60'));
    expect(version).toThrow('libicuuc.so.60');
    await linkLibraries(copy);
    expect(version()).toMatch(/PostgreSQL\) 18\./);
  });

  it('are out of reach below a directory that others may not enter', () => {
    const account = { ...nobody(), uid: 4_000_000, gid: 4_000_000 };
    chmodSync(home, 0o700);
    expect(binariesBarrier(copy, account)).toBe(home);
    chmodSync(home, 0o711);
    expect(binariesBarrier(copy, account)).toBeUndefined();
  });
});

describe('barrier', () => {
  it('looks at the rights of the owner, the group or the others, whichever the account is', () => {
    const directory = mkdtempSync(join(tmpdir(), 'barrier-'));
    const { uid, gid } = statSync(directory);
    const of = (mode: number, account: { uid: number; gid: number }) => {
      chmodSync(directory, mode);
      return barrier(directory, ENTER, { name: 'x', ...account });
    };
    expect(of(0o100, { uid, gid })).toBeUndefined();
    expect(of(0o011, { uid, gid })).toBe(directory);
    expect(of(0o010, { uid: uid + 1, gid })).toBeUndefined();
    expect(of(0o101, { uid: uid + 1, gid })).toBe(directory);
    expect(of(0o001, { uid: uid + 1, gid: gid + 1 })).toBeUndefined();
    expect(of(0o110, { uid: uid + 1, gid: gid + 1 })).toBe(directory);
    rmSync(directory, { recursive: true });
  });
});

describe('nobody', () => {
  it('is read from the list of users', () => {
    const passwd = 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65533:nobody:/:/sbin/nologin\n';
    expect(nobody(passwd)).toEqual({ name: 'nobody', uid: 65_534, gid: 65_533 });
    expect(nobody('nobody:*:-2:-2::/:\n').uid).toBe(4_294_967_294);
  });

  it('is a sentence when it is missing', () => {
    expect(() => nobody('root:x:0:0::/:/bin/sh\n')).toThrow('there is no user nobody');
  });
});
