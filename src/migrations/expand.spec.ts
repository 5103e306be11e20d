import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectPaths } from './folder.js';

/** What a version that still runs beside the new one would stumble over. */
const CONTRACTS = [
  /\bDROP\s+(TABLE|COLUMN|TYPE|VIEW)\b/i,
  /\bRENAME\b/i,
  /\bSET\s+NOT\s+NULL\b/i,
  /\bALTER\s+COLUMN\s+\S+\s+(SET\s+DATA\s+)?TYPE\b/i,
  // It would have to be given where the older version inserts a row.
  /\bADD\s+COLUMN\s+(?![^,;]*\bDEFAULT\b)[^,;]*\bNOT\s+NULL\b/i,
];
const MARK = /^-- contract: \S/;

/** The statements that take something away and have no line above that says why nobody needs it. */
function unmarked(sql: string): string[] {
  const lines = sql.split('\n');
  return lines.filter((line, at) => {
    if (line.trimStart().startsWith('--')) return false;
    return CONTRACTS.some((one) => one.test(line)) && !MARK.test(lines[at - 1] ?? '');
  });
}

describe('migrations', () => {
  const names = readdirSync(projectPaths.migrations).filter((name) => /^\d/.test(name));

  it.each(names)('%s only adds, or says why nobody needs what it removes', (name) => {
    const sql = readFileSync(join(projectPaths.migrations, name, 'migration.sql'), 'utf8');
    expect(unmarked(sql)).toEqual([]);
  });

  it.each([
    'DROP TABLE "users";',
    'ALTER TABLE "users" DROP COLUMN "name";',
    'ALTER TABLE "users" RENAME COLUMN "name" TO "title";',
    'ALTER TABLE "users" ALTER COLUMN "name" SET NOT NULL;',
    'ALTER TABLE "users" ALTER COLUMN "name" SET DATA TYPE INTEGER;',
    'ADD COLUMN     "age" INTEGER NOT NULL,',
  ])('would be stopped at %s', (statement) => {
    expect(unmarked(statement)).toEqual([statement]);
    expect(unmarked(`-- contract: unused since 1.4\n${statement}`)).toEqual([]);
  });

  it('may add', () => {
    expect(unmarked('ADD COLUMN "age" INTEGER NOT NULL DEFAULT 0,\nCREATE TABLE x ();')).toEqual(
      [],
    );
  });
});
