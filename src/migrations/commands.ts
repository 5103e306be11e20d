import { relative } from 'node:path';
import { withAnyServer, withDatabase } from './database-of-command.js';
import {
  applyMigrations,
  createMigration,
  driftBetweenMigrationsAndSchema,
  migrationStatus,
} from './migrations.js';

/**
 * Runs `migrate`, `new NAME`, `check` or `status` and returns the exit code.
 * @throws Error with one sentence when the command cannot be carried out.
 */
export async function runCommand(
  [command, ...words]: readonly string[],
  env: NodeJS.ProcessEnv,
  print: (line: string) => void,
): Promise<number> {
  if (command === 'new' && words.length > 0) {
    return create(env, words.join(' '), print);
  }
  if (words.length === 0) {
    if (command === 'migrate') return migrate(env, print);
    if (command === 'check') return check(env, print);
    if (command === 'status') return status(env, print);
  }
  throw new Error('Use one of these commands: migrate, new NAME, check, status.');
}

async function migrate(env: NodeJS.ProcessEnv, print: (line: string) => void): Promise<number> {
  const applied = await withDatabase(env, (url) => applyMigrations(url));
  for (const name of applied) print(`Applied ${name}.`);
  if (applied.length === 0) print('The database is up to date.');
  return 0;
}

async function create(
  env: NodeJS.ProcessEnv,
  name: string,
  print: (line: string) => void,
): Promise<number> {
  const file = await withAnyServer(env, (url) => createMigration(url, name));
  print(
    file === null
      ? 'The migrations already lead to the schema: there is nothing to write.'
      : `Wrote ${relative('', file)}: read its SQL before you commit it.`,
  );
  return 0;
}

async function check(env: NodeJS.ProcessEnv, print: (line: string) => void): Promise<number> {
  const missing = await withAnyServer(env, (url) => driftBetweenMigrationsAndSchema(url));
  if (missing === '') {
    print('The migrations lead to the schema.');
    return 0;
  }
  print(`${missing}\nThe migrations lack this SQL: "npm run db:new NAME" writes it.`);
  return 1;
}

async function status(env: NodeJS.ProcessEnv, print: (line: string) => void): Promise<number> {
  const { applied, pending, problems } = await withDatabase(env, (url) => migrationStatus(url));
  for (const name of applied) print(`applied  ${name}`);
  for (const name of pending) print(`pending  ${name}`);
  for (const problem of problems) print(`problem  ${problem}`);
  const upToDate = pending.length === 0 && problems.length === 0;
  if (upToDate) print('The database is up to date.');
  return upToDate ? 0 : 1;
}
