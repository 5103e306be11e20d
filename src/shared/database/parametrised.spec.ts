import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url).pathname;
/** Where SQL is put together from more than a literal: from names of our own, never from input. */
const MADE_OF_OWN_NAMES = [
  'shared/database/listing.ts', // columns of listings, directions, a limit that is a number
  'deployments/import/bulk-sql.ts', // tables and columns of the import
  'deployments/views/vendor-aggregation.service.ts', // a limit that is a number
  'certification/runs/run-sql.ts', // names of subqueries and columns
  'certification/progress/snapshot.ts', // the alias of a table
  'metrics/rollups/summary-sql.ts', // columns, and constants of the sketch
];
/** Commands of the operator, which write names of databases, tables and roles. */
const COMMANDS = /^(operations|migrations|embedded)\/|^shared\/secrets\/rotate-secrets\.ts$/;

const sources = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !file.endsWith('.spec.ts') && !file.startsWith('generated'),
);
const textOf = (file: string) => readFileSync(join(ROOT, file), 'utf8');

describe('SQL', () => {
  it('is never sent as a text that was put together', () => {
    expect(sources.length).toBeGreaterThan(200);
    const unsafe =
      /\$(queryRawUnsafe|executeRawUnsafe)|\.query\(\s*`[^`]*\$\{|\.query\([^)`]*['"`]\s*\+/;
    const serving = sources.filter((file) => !COMMANDS.test(file));
    expect(serving.filter((file) => unsafe.test(textOf(file)))).toEqual([]);
  });

  it('takes raw parts from literals, or from names of our own', () => {
    const computed = sources.filter((file) => /\bPrisma\.raw\((?!\s*['"])/.test(textOf(file)));
    expect(computed.toSorted()).toEqual(MADE_OF_OWN_NAMES.toSorted());
  });
});
