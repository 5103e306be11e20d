import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { projectPaths, readMigrations, readSchema, writeMigration } from './folder.js';

async function emptyFolder() {
  const directory = await mkdtemp(join(tmpdir(), 'folder-spec-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return { ...projectPaths, migrations: join(directory, 'migrations') };
}

describe('the migrations folder', () => {
  it('is the one of the project, with its schema beside it', async () => {
    const { migrationDirectories } = await readMigrations(projectPaths);
    expect(migrationDirectories[0]?.path).toMatch(/^\d{14}_init$/);
    expect((await readSchema(projectPaths)).content).toContain('model BaseModel {');
  });

  it('holds nothing when it does not exist', async () => {
    expect((await readMigrations(await emptyFolder())).migrationDirectories).toEqual([]);
  });

  it('gets a directory named by the time in UTC, and the lock file of Prisma', async () => {
    const paths = await emptyFolder();
    const before = Date.now();
    const file = await writeMigration(paths, 'add_prices', 'SELECT 1;\n');

    expect(await readFile(file, 'utf8')).toBe('SELECT 1;\n');
    const [, y, mo, d, h, mi, s] =
      /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)_add_prices$/.exec(basename(dirname(file))) ?? [];
    const named = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
    expect(Math.abs(named - before)).toBeLessThan(5_000);
    expect(await readFile(join(paths.migrations, 'migration_lock.toml'), 'utf8')).toMatch(
      /^provider = "postgresql"$/m,
    );
  });

  it('is read in the order of the names, without what is no migration', async () => {
    const paths = await emptyFolder();
    const first = await writeMigration(paths, 'b', 'SELECT 1;');
    await writeMigration(paths, 'a', 'SELECT 2;');
    await writeFile(join(paths.migrations, 'notes.txt'), '');
    const names = (await readMigrations(paths)).migrationDirectories.map(({ path }) => path);
    expect(names).toHaveLength(2);
    expect(names).toEqual([...names].sort());
    expect(names).toContain(basename(dirname(first)));
  });
});
