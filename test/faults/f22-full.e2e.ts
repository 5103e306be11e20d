import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Redis } from 'ioredis';
import { expect, it } from 'vitest';

import { freePort } from '../support/free-port.js';
import { jobBecomes, requestJob } from '../support/jobs.js';
import { OwnPostgres } from '../support/own-postgres.js';
import { plainAnswer } from '../support/plain-model.js';
import { RedisServer } from '../support/redis-server.js';
import { Rows } from '../support/rows.js';
import { MODEL } from '../support/samples.js';
import { ScriptedProvider } from '../support/scripted-provider.js';
import { TestService } from '../support/service.js';

const onRedis = process.env.TEST_QUEUE === 'redis';
const DISK = '256m';
const MOST_WRITES = 400;

/** A disk of its own; null: this machine lets nobody make one. */
function smallDisk(): string | null {
  const directory = mkdtempSync(join(tmpdir(), 'model-catalog-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'tmpfs', directory], {
      stdio: 'ignore',
    });
    chmodSync(directory, 0o755); // PostgreSQL may have to run as another user
    return directory;
  } catch {
    rmSync(directory, { recursive: true });
    return null;
  }
}

/** Writes until nothing more fits. */
function fill(file: string): void {
  const descriptor = openSync(file, 'w');
  try {
    for (const piece of [1_048_576, 4_096]) {
      try {
        for (;;) writeSync(descriptor, Buffer.alloc(piece, 1));
      } catch {
        continue; // full for pieces of this size
      }
    }
  } finally {
    closeSync(descriptor);
  }
}

it.skipIf(onRedis)(
  'A full disk refuses writes, not reads, until there is room again',
  async (test) => {
    const disk = smallDisk();
    if (disk === null) return test.skip('This machine does not let us mount a tmpfs.');
    const directory = join(disk, 'data');
    mkdirSync(directory);
    const postgres = await OwnPostgres.start(directory);
    const service = await TestService.start({ DATABASE_URL: postgres.url, ROLE: 'api' });
    let turn = 0;
    const write = () => {
      turn += 1;
      const body = { ...MODEL, name: `Model ${turn}`, description: `${turn} `.repeat(1_000) };
      return service.call('POST', '/api/v2/models', body);
    };
    const read = () => service.call('GET', `/api/v2/models?limit=${1 + (turn % 200)}`);
    try {
      expect((await write()).status).toBe(201);
      const filler = join(disk, 'filler');
      fill(filler);
      let refused = await write();
      while (refused.status === 201 && turn < MOST_WRITES) refused = await write();
      expect(refused.status, refused.text).toBe(503);
      expect(refused.text).not.toMatch(/disk|space|postgres|prisma/i);
      expect((await read()).status).toBe(200);
      expect((await service.call('GET', '/health/live')).status).toBe(200);

      rmSync(filler);
      await expect.poll(async () => (await write()).status, { timeout: 20_000 }).toBe(201);
      expect((await read()).status).toBe(200);
    } finally {
      await service.close();
      await postgres.close();
      execFileSync('umount', ['-l', disk]);
      rmSync(disk, { recursive: true });
    }
  },
  120_000,
);

it.runIf(onRedis && !process.env.REDIS_URL)(
  'A Redis without memory refuses no work, and what was accepted is done once there is some',
  async () => {
    const redis = await RedisServer.start(await freePort());
    const operator = new Redis(redis.url);
    const provider = await ScriptedProvider.start((request) => plainAnswer(request));
    const service = await TestService.start({ REDIS_URL: redis.url });
    const rows = new Rows(service);
    const before = await rows.deployedAt(provider.url, 'before');
    const during = await rows.deployedAt(provider.url, 'during');
    await jobBecomes(service, await requestJob(service, before), { status: 'QUALITY_WARNING' });

    await operator.config('SET', 'maxmemory', '1');
    await expect(operator.set('a', 'b')).rejects.toThrow(/OOM/);
    const began = performance.now();
    const jobId = await requestJob(service, during);
    expect(performance.now() - began).toBeLessThan(2_000);
    for (const path of ['/api/v2/models', '/api/certification-queue', '/api/v2/certifications']) {
      expect((await service.call('GET', path)).status).toBe(200);
    }
    expect(provider.requests.some(({ body }) => Object(body).model === 'during')).toBe(false);

    await operator.config('SET', 'maxmemory', '0');
    await jobBecomes(service, jobId, { status: 'QUALITY_WARNING' }, 40_000);
    await service.close();
    await provider.close();
    operator.disconnect();
    await redis.kill();
  },
  120_000,
);
