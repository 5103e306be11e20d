import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { accountOf, isRoot, runAs } from './account.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.js';
import { fallbackHome } from './place.js';
import { isRunning, waitForEnd } from './processes.js';

describe('startEmbeddedPostgres', { timeout: 20_000 }, () => {
  let root: string;
  let dataDir: string;
  let notices: string[];
  let started: EmbeddedPostgres[];
  let children: ChildProcess[];

  beforeEach(() => {
    root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'embedded "pg" ')));
    fs.chmodSync(root, 0o755);
    dataDir = join(root, 'data');
    [notices, started, children] = [[], [], []];
  });

  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    for (const postgres of started) await postgres.stop();
    fs.rmSync(root, { recursive: true });
    if (isRoot()) fs.rmSync(fallbackHome(dataDir), { recursive: true, force: true });
  });

  async function start(): Promise<EmbeddedPostgres> {
    const notice = (sentence: string) => void notices.push(sentence);
    const options = { dataDir, database: 'a "new" one', durable: false, notice };
    const postgres = await startEmbeddedPostgres(options);
    started.push(postgres);
    return postgres;
  }

  async function query({ url }: { url: string }, text: string): Promise<unknown[]> {
    const client = new Client({ connectionString: url }).on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query({ text, rowMode: 'array' })).rows.flat();
    } finally {
      await client.end();
    }
  }

  const serverPid = () =>
    Number(fs.readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);

  /** Another node process that starts the same database, tells its URL and then does nothing. */
  function startElsewhere(): { child: ChildProcess; ready: Promise<string> } {
    const file = new URL('./embedded-postgres.ts', import.meta.url).href;
    const options = { dataDir, database: 'a "new" one', durable: false };
    const code = `import { startEmbeddedPostgres } from ${JSON.stringify(file)};
      const { url } = await startEmbeddedPostgres({ ...${JSON.stringify(options)}, notice() {} });
      console.log(url);`;
    const args = ['--import', 'tsx', '--input-type=module', '-e', code];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    const ready = new Promise<string>((resolve) =>
      child.stdout.once('data', (url) => resolve(String(url).trim())),
    );
    return { child, ready };
  }

  async function kill(child: ChildProcess): Promise<void> {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  it('keeps the data from one start to the next and leaves nothing running', async () => {
    const first = await start();
    expect(first.firstStart).toBe(true);
    expect(first.directory).toBe(join(dataDir, 'postgres'));
    expect(await query(first, 'SHOW server_version')).toEqual([expect.stringMatching(/^18\./)]);
    expect(await query(first, 'SELECT current_database()')).toEqual(['a "new" one']);
    expect(await query(first, 'SHOW listen_addresses')).toEqual(['127.0.0.1']);
    expect(await query(first, "SELECT lower('CAFÉ')")).toEqual(['café']);
    expect(fs.readdirSync(dataDir).filter((name) => name.includes('.init-'))).toEqual([]);
    await query(first, 'CREATE TABLE kept (id int)');
    await query(first, 'INSERT INTO kept VALUES (42)');
    const pid = serverPid();
    await Promise.all([first.stop(), first.stop()]);
    expect(isRunning(pid)).toBe(false);

    const second = await start();
    expect(second.firstStart).toBe(false);
    expect(await query(second, 'SELECT id FROM kept')).toEqual([42]);
    await second.stop();
    expect(fs.readdirSync(dataDir).sort()).toEqual([
      'postgres',
      'postgres-password',
      'postgres.log',
    ]);
    expect(fs.statSync(join(dataDir, 'postgres-password')).mode & 0o777).toBe(0o600);
    expect(fs.statSync(join(dataDir, 'postgres')).mode & 0o777).toBe(0o700);
    expect(notices).toEqual([]);
  });

  it('refuses a second start on the same directory and a wrong password', async () => {
    const postgres = await start();
    await expect(start()).rejects.toThrow(
      `The database in ${dataDir} is in use by process ${process.pid}`,
    );
    const wrong = { ...postgres, url: postgres.url.replace(postgres.connection.password, 'guess') };
    await expect(query(wrong, 'SELECT 1')).rejects.toThrow('password authentication failed');
  });

  it('replaces the server that a killed process left running', async () => {
    const { child, ready } = startElsewhere();
    const url = await ready;
    await expect(start()).rejects.toThrow(`is in use by process ${child.pid}`);
    await query({ url }, 'CREATE TABLE kept (id int)');
    await kill(child);
    const orphan = serverPid();
    expect(isRunning(orphan)).toBe(true);

    const postgres = await start();
    expect(isRunning(orphan)).toBe(false);
    expect(await query(postgres, 'SELECT count(*)::int FROM kept')).toEqual([0]);
  });

  it('starts after an initdb that was killed half way', async () => {
    const { child } = startElsewhere();
    const drafts = () => fs.readdirSync(dataDir).filter((name) => name.includes('.init-'));
    await vi.waitFor(() => expect(drafts().length).toBe(2), { timeout: 10_000, interval: 5 });
    await kill(child);
    expect(fs.existsSync(join(dataDir, 'postgres'))).toBe(false);

    const postgres = await start();
    expect(postgres.firstStart).toBe(true);
    await postgres.stop();
    await (await start()).stop();
    expect(drafts()).toEqual([]);
  });

  it('tells when the server dies, and starts again on what a power cut leaves', async () => {
    const first = await start();
    await query(first, 'CREATE TABLE kept (id int)');
    await query(first, 'CHECKPOINT');
    const pid = serverPid();
    process.kill(pid, 'SIGKILL');
    await waitForEnd(pid, 5_000);
    await vi.waitFor(() => expect(notices.length).toBe(1));
    expect(notices[0]).toContain(`PostgreSQL (process ${pid}) ended unexpectedly (SIGKILL)`);
    await first.stop();

    // The number in the stale postmaster.pid has since been given to another program.
    const { uid, gid } = fs.statSync(first.directory);
    const other = spawn('sleep', ['60'], isRoot() ? runAs(accountOf(uid, gid)) : {});
    children.push(other);
    const file = join(first.directory, 'postmaster.pid');
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/^\d+/, String(other.pid)));
    expect(await query(await start(), 'SELECT count(*)::int FROM kept')).toEqual([0]);
    expect(other.exitCode ?? other.signalCode).toBeNull();
  });

  it("rejects with the server's own words, and starts once the fault is repaired", async () => {
    const { directory, stop } = await start();
    await stop();
    const settings = join(directory, 'postgresql.auto.conf');
    fs.writeFileSync(settings, 'no_such_setting = 1\n');
    await expect(start()).rejects.toThrow(/ended while starting .*no_such_setting/s);
    fs.writeFileSync(settings, '');
    fs.truncateSync(join(dataDir, 'postgres.log'), 11 * 1024 * 1024);
    await start();
    expect(fs.statSync(join(dataDir, 'postgres.log.1')).size).toBe(11 * 1024 * 1024);

    fs.renameSync(join(dataDir, 'postgres-password'), join(dataDir, 'mislaid'));
    await started[1]?.stop();
    await expect(start()).rejects.toThrow(`restore ${join(dataDir, 'postgres-password')}`);
  });

  it.skipIf(!isRoot())(
    'lies below /var/lib when others may not enter the data directory (needs root to test)',
    async () => {
      fs.chmodSync(root, 0o700);
      const first = await start();
      expect(first.directory).toBe(join(fallbackHome(dataDir), 'postgres'));
      expect(notices).toEqual([expect.stringContaining(`its database lies in ${first.directory}`)]);
      await query(first, 'CREATE TABLE kept (id int)');
      await first.stop();

      // Moved, and open by now: the database is still the same.
      fs.chmodSync(root, 0o755);
      const earlier = dataDir;
      dataDir = join(root, 'moved');
      fs.renameSync(earlier, dataDir);
      const second = await start();
      expect(second.directory).toBe(first.directory);
      expect(await query(second, 'SELECT count(*)::int FROM kept')).toEqual([0]);
      await second.stop();

      // Deleted: the next start is a first one, and the old database is kept aside.
      fs.rmSync(dataDir, { recursive: true });
      dataDir = earlier;
      fs.chmodSync(root, 0o700);
      expect((await start()).firstStart).toBe(true);
      const aside = /was moved to (\S+\.old-\S+)\.$/.exec(notices.at(-1) ?? '')?.[1] ?? '';
      expect(fs.existsSync(join(aside, 'PG_VERSION'))).toBe(true);
    },
  );
});
