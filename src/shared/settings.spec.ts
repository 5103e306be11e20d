import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** Every name that the configuration reads, and the one the launchers read before it. */
function settings(): string[] {
  const code = read('src/shared/config.ts');
  const names = [...code.matchAll(/\benv\.([A-Z][A-Z_]+)|\(env, '([A-Z][A-Z_]+)'/g)];
  return [...new Set(['DATA_DIR', ...names.map(([, one, other]) => one ?? other ?? '')])].sort();
}

/** Named in .env.example, though the configuration does not read them by these names. */
const OF_OTHERS = [
  ...['POSTGRES_PASSWORD', 'OPENAI_API_KEY', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
  ...['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET'],
];

describe('every setting', () => {
  it('is found', () => {
    expect(settings()).toEqual(
      expect.arrayContaining(['CERTIFICATION_SCHEDULE', 'DATABASE_URL', 'NODE_ENV', 'PORT']),
    );
  });

  it('is in .env.example, and nothing else is', () => {
    const lines = [...read('.env.example').matchAll(/^(?:# )?([A-Z][A-Z_]+)=/gm)];
    const names = lines.map(([, name = '']) => name);
    expect(new Set(names)).toEqual(new Set([...settings(), ...OF_OTHERS]));
    expect(names).toHaveLength(new Set(names).size);
  });

  it('has a line in the table of README.md', () => {
    const table = read('README.md').slice(read('README.md').indexOf('| setting '));
    const missing = settings().filter((name) => !table.includes(`\`${name}\``));
    expect(missing).toEqual([]);
  });
});
