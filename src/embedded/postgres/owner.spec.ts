import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claim } from './owner.js';

describe('claim', () => {
  let home: string;
  let file: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'owner-'));
    file = join(home, 'owner.json');
  });
  afterEach(() => rmSync(home, { recursive: true }));

  const ownedByUs = () => readFileSync(file, 'utf8').includes(`"pid":${process.pid},`);

  it('refuses a second owner with a sentence that names the process and the directory', () => {
    claim(home);
    expect(() => claim(home)).toThrow(
      `The database in ${home} is in use by process ${process.pid}`,
    );
    expect(ownedByUs()).toBe(true);
  });

  it('lets the next owner in after it was given up, and leaves no other file', () => {
    claim(home)();
    expect(readdirSync(home)).toEqual([]);
    claim(home);
    expect(readdirSync(home)).toEqual(['owner.json']);
  });

  it('takes over from a process that is gone', async () => {
    const child = spawn('true');
    await new Promise((resolve) => child.once('exit', resolve));
    writeFileSync(file, JSON.stringify({ pid: child.pid, started: null }));
    claim(home);
    expect(ownedByUs()).toBe(true);
  });

  it('takes over when another process got the number of the one that is gone', () => {
    writeFileSync(file, JSON.stringify({ pid: process.pid, started: 'at another time' }));
    expect(() => claim(home)).not.toThrow();
  });

  it('believes a living process whose start is not known', () => {
    writeFileSync(file, JSON.stringify({ pid: process.pid, started: null }));
    expect(() => claim(home)).toThrow('is in use');
  });

  it('takes over a file that says nothing', () => {
    writeFileSync(file, '{"pid":');
    expect(() => claim(home)).not.toThrow();
  });

  it('does not remove the file of a later owner', () => {
    const release = claim(home);
    writeFileSync(file, JSON.stringify({ pid: 1, started: null }));
    release();
    expect(existsSync(file)).toBe(true);
  });
});
