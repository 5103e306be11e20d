import { execFileSync } from 'node:child_process';

import { defineConfig } from 'vitest/config';

/** End-to-end tests run on both homes of the queue, where a Redis can be had. */
const hasRedis = Boolean(process.env.REDIS_URL) || canRun('redis-server');
if (!hasRedis) {
  console.log('No REDIS_URL and no redis-server on PATH: the queue is tested on PostgreSQL only.');
}

function canRun(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function endToEnd(queue: 'postgres' | 'redis') {
  return {
    extends: true as const,
    test: {
      name: `e2e on ${queue}`,
      include: ['test/**/*.e2e.ts'],
      env: { TEST_QUEUE: queue },
      globalSetup: ['test/support/global-setup.ts'],
      // A busy machine may need more than the usual second for what comes at once on a quiet one.
      expect: { poll: { timeout: 10_000 } },
    },
  };
}

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'unit', include: ['src/**/*.spec.ts'] } },
      endToEnd('postgres'),
      ...(hasRedis ? [endToEnd('redis')] : []),
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/generated/**', 'src/**/*.spec.ts', 'src/main.ts', 'src/openapi.ts'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { 'src/**/*.service.ts': { statements: 80 } },
    },
  },
});
