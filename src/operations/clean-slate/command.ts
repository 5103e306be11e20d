import { applyMigrations } from '../../migrations/migrations.js';
import type { Settings } from '../arguments.js';
import type { Archive } from '../archive.js';
import { programsFor, type Surroundings } from '../surroundings.js';
import { lookAt, removeOldTables } from './clean-slate.js';
import type { Removal } from './removal.js';

/**
 * Takes a database from the old application to the empty catalogue. Interrupted after the removal,
 * a second call does the rest.
 * @throws Error with one sentence; where it was the removal that failed, nothing was removed
 */
export async function cleanSlate(
  databaseUrl: string,
  settings: Settings,
  surroundings: Surroundings,
): Promise<void> {
  const { print, signal } = surroundings;
  const found = await lookAt(databaseUrl);
  if (found.isCatalogue) {
    return print('Already clean: this database holds the catalogue. npm run db:status tells more.');
  }
  if (settings['dry-run']) {
    for (const line of ['Dry run: nothing is changed.', ...inWords(found, 'Would remove')]) {
      print(line);
    }
    return;
  }
  if (found.tables.length === 0 && found.history === 0) {
    print('Already clean: none of the old tables is here.');
    return migrate(databaseUrl, print);
  }
  if (settings.backup === undefined) {
    throw new Error(
      `${found.tables.length} tables would be removed, and not without a backup: ` +
        'name its file or folder with --backup PATH, or use --dry-run.',
    );
  }
  const programs = await programsFor(databaseUrl, settings, surroundings);
  print('Backing up, restoring the backup into a database made for it, and trying the rest there.');
  const { removal, archive } = await removeOldTables(
    databaseUrl,
    found,
    settings.backup,
    programs,
    signal,
  );
  for (const line of inWords(removal, 'Removed')) print(line);
  for (const line of howToGoBack(archive)) print(line);
  await migrate(databaseUrl, print);
}

async function migrate(databaseUrl: string, print: (line: string) => void): Promise<void> {
  const applied = await applyMigrations(databaseUrl);
  print(`Applied ${applied.length} migrations. The catalogue is empty: no model, no provider.`);
}

function inWords(
  { tables, history, types, dependents, others }: Removal,
  removed: string,
): string[] {
  const rows = (count: number) => (count === 1 ? '1 row' : `${count} rows`);
  return [
    ...(tables.length === 0 ? [`${removed} no table: none of the old ones is here.`] : []),
    ...tables.map((table) => `${removed} table ${table.name}: ${rows(table.rows)}`),
    ...types.map((type) => `${removed} type ${type}: only these tables used it`),
    ...dependents.map((what) => `${removed} ${what}: it depended on them`),
    ...(history > 0 ? [`${removed} the old history of migrations: ${rows(history)}`] : []),
    ...others.map((table) => `Untouched: table ${table.name}: ${rows(table.rows)}`),
  ];
}

function howToGoBack({ file, bytes, sha256 }: Archive): string[] {
  return [
    `Backup: ${file} (${bytes} bytes, SHA-256 ${sha256}); restored once and found equal.`,
    `To go back: stop the service, then npm run restore -- ${file} --force`,
  ];
}
