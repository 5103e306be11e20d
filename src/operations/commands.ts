import { withDatabase } from '../migrations/database-of-command.js';
import { migrationStatus } from '../migrations/migrations.js';
import { checkArchive } from './archive.js';
import { HELP, readArguments, type Settings } from './arguments.js';
import { backUp } from './backup.js';
import { cleanSlate } from './clean-slate/command.js';
import { restore } from './restore.js';
import { programsFor, type Surroundings } from './surroundings.js';

/**
 * Runs `backup`, `restore` or `clean-slate`.
 * @throws Error with one sentence when the command cannot be carried out
 */
export async function runCommand(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<void> {
  const settings = readArguments(args);
  if (!settings) return surroundings.print(HELP.trimEnd());
  const { env } = surroundings;
  const named = settings['database-url'] ?? env.DATABASE_URL;
  if (settings.command === 'clean-slate') {
    if (!named) throw new Error('Name the database with --database-url or DATABASE_URL.');
    return cleanSlate(named, settings, surroundings);
  }
  await withDatabase({ ...env, DATABASE_URL: named }, (url) =>
    settings.command === 'backup'
      ? runBackup(url, settings, surroundings)
      : runRestore(url, settings, surroundings),
  );
}

async function runBackup(url: string, settings: Settings, surroundings: Surroundings) {
  const programs = await programsFor(url, settings, surroundings);
  const verify = settings.verify ?? false;
  const { file, bytes, sha256 } = await backUp(url, settings.path ?? '', programs, verify);
  surroundings.print(`Wrote ${file} (${bytes} bytes, SHA-256 ${sha256}).`);
  if (verify) surroundings.print('It was restored into a database made for it, and is equal.');
}

async function runRestore(url: string, settings: Settings, surroundings: Surroundings) {
  const { print } = surroundings;
  const programs = await programsFor(url, settings, surroundings);
  const archive = await checkArchive(settings.path ?? '', programs);
  const aside = await restore(archive, url, programs, {
    force: settings.force ?? false,
    noOwner: settings['no-owner'] ?? false,
  });
  print(`Restored ${archive.file}.`);
  if (aside !== null) print(`What was there before is the database ${aside} now.`);
  const { applied, pending, problems } = await migrationStatus(url);
  if (applied.length === 0) return print('It holds no catalogue: no migration was applied there.');
  for (const problem of problems) print(problem);
  print(
    pending.length === 0
      ? 'No migration is pending.'
      : `Pending migrations: ${pending.join(', ')}; npm run db:migrate applies them.`,
  );
}
