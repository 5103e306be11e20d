import { readFileSync } from 'node:fs';

/** Version of the service, as in package.json. */
export const VERSION = packageVersion();

function packageVersion(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(file) as { version: string };
  return version;
}
