import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runCommand } from './commands.js';
import { withAnyServer } from './database-of-command.js';

async function run(words: string[], env: NodeJS.ProcessEnv) {
  const lines: string[] = [];
  const code = await runCommand(words, env, (line) => lines.push(line));
  return { code, lines };
}

function runProcess(command: string, databaseUrl: string) {
  const cli = fileURLToPath(new URL('cli.ts', import.meta.url));
  const env = { ...process.env, DATABASE_URL: databaseUrl };
  return promisify(execFile)(process.execPath, ['--import', 'tsx', cli, command], { env });
}

async function scratchDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'commands-spec-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await chmod(directory, 0o755);
  return directory;
}

describe('runCommand', () => {
  it('reports, migrates and checks the database of DATABASE_URL', async () => {
    const directory = await scratchDirectory();
    vi.stubEnv('TMPDIR', directory);
    onTestFinished(() => void vi.unstubAllEnvs());
    const servers = async () =>
      (await readdir(directory)).filter((name) => name.startsWith('model-catalog-'));
    await withAnyServer({}, async (url) => {
      expect(await servers()).toHaveLength(1);
      const env = { DATABASE_URL: url };
      const before = await run(['status'], env);
      expect(before.code).toBe(1);
      expect(before.lines[0]).toMatch(/^pending {2}\d{14}_init$/);

      const names = before.lines.map((line) => line.replace('pending  ', ''));
      const upToDate = 'The database is up to date.';
      expect(await run(['migrate'], env)).toEqual({
        code: 0,
        lines: names.map((name) => `Applied ${name}.`),
      });
      const started = Date.now();
      expect((await runProcess('migrate', url)).stdout).toBe(`${upToDate}\n`);
      // Held by the engine's timer, the process would take 10 s longer.
      expect(Date.now() - started).toBeLessThan(10_000);
      expect(await run(['status'], env)).toEqual({
        code: 0,
        lines: [...names.map((name) => `applied  ${name}`), upToDate],
      });
      expect(await run(['check'], env)).toEqual({
        code: 0,
        lines: ['The migrations lead to the schema.'],
      });
    });
    expect(await servers()).toEqual([]);
  }, 30_000);

  it('uses the embedded database under DATA_DIR when DATABASE_URL is not set', async () => {
    const directory = await scratchDirectory();
    const { lines } = await run(['migrate'], { DATA_DIR: join(directory, 'data') });
    expect(lines[0]).toMatch(/^Applied \d{14}_init\.$/);
    expect(await readdir(join(directory, 'data'))).toContain('postgres');
  }, 30_000);

  it.each([[[]], [['new']], [['deploy']], [['check', 'more']]])('refuses %j', async (words) => {
    await expect(run(words, {})).rejects.toThrow(
      'Use one of these commands: migrate, new NAME, check, status.',
    );
  });
});

describe('the command line', () => {
  it('ends with exit code 1 and one sentence', async () => {
    const running = runProcess('migrate', 'postgresql://ann:secret@127.0.0.1:1/catalog');
    await expect(running).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'PostgreSQL at 127.0.0.1:1 cannot be reached: ECONNREFUSED\n',
    });
  });
});
