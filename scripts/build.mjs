// Brings dist/ up to date: the Prisma client when the schema is newer, then whatever TypeScript
// files changed. Takes about a second when there is nothing to do.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = `${root}/src/generated/made-from.sha256`;
const hash = createHash('sha256')
  .update(readFileSync(`${root}/prisma/schema.prisma`))
  .update(readFileSync(`${root}/package.json`)) // a new version of Prisma
  .digest('hex');

function run(script, ...args) {
  const { status } = spawnSync(process.execPath, [`${root}/node_modules/${script}`, ...args], {
    cwd: root,
    stdio: ['ignore', 2, 2], // stdout is for what is built, which may print JSON there
    // `prisma generate` wants a native engine it does not use, and tries to download one unless
    // this names a file that exists.
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
    },
  });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== hash) {
  run('prisma/build/index.js', 'generate', '--no-hints');
  writeFileSync(stamp, hash);
}
run('typescript/bin/tsc', '-b', 'tsconfig.build.json');
