// Sends requests that no client should send, to every operation, and says how they ended:
// npm run test:fuzz -- --requests 20000 --queue redis --seed 1
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    queue: { type: 'string', default: 'postgres' },
    seed: { type: 'string', default: '1' },
  },
});
const { requests, queue, seed } = values;
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--project', `e2e on ${queue}`, 'test/request-fuzz'],
  { stdio: 'inherit', env: { ...process.env, FUZZ_REQUESTS: requests, FUZZ_SEED: seed } },
);
process.exitCode = status ?? 1;
