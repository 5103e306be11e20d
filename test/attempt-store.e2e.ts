import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { AttemptStore } from '../src/certification/runs/attempt-store.js';
import { ClaimLost, type Claim } from '../src/certification/runs/claim.js';
import type { Attempt } from '../src/certification/validation/outcome.js';
import { Config } from '../src/shared/config.js';
import { PrismaService } from '../src/shared/database/prisma.service.js';
import { requestJob } from './support/jobs.js';
import { Rows } from './support/rows.js';
import { TestService } from './support/service.js';

let api: TestService;
let prisma: PrismaService;
let store: AttemptStore;
let rows: Rows;
let claims: Claim[];

beforeAll(async () => {
  api = await TestService.start({ ROLE: 'api' });
  prisma = new PrismaService(Config.from({ DATABASE_URL: api.databaseUrl }));
  store = new AttemptStore(prisma);
  rows = new Rows(api);
});

afterAll(async () => {
  await prisma.onApplicationShutdown();
  await api.close();
});

/** Three runs, as a worker has them under way. */
beforeEach(async () => {
  for (const model of ['a', 'b', 'c']) {
    await requestJob(api, await rows.deployedAt('http://127.0.0.1:9/v1', model));
  }
  const { rows: runs } = await api.database.query<Claim>(
    `UPDATE certification_runs SET status = 'PROCESSING', fence = fence + 1
      WHERE status <> 'PROCESSING' RETURNING id AS "runId", fence`,
  );
  claims = runs;
});

function attempt(probe: string, message: string | null = null): Attempt {
  const at = new Date('2026-01-02T03:04:05.678Z');
  return {
    ...{ probe, attempt: 1, verdict: 'PASS', reason: null, message, warnings: ['SLOW'] },
    ...{ metrics: { tokens: 3 }, exchanges: [], costUsd: 0.25, startedAt: at, completedAt: at },
  };
}

describe('Attempts recorded at the same time', () => {
  it('are all stored as they are, in order', async () => {
    const probes = Array.from({ length: 250 }, (_, index) => `probe-${index}`);
    await Promise.all(
      claims.flatMap((claim) => probes.map((probe) => store.record(claim, attempt(probe)))),
    );
    for (const { runId } of claims) {
      const stored = await store.of(runId);
      expect(stored).toHaveLength(probes.length);
      expect(stored).toContainEqual(attempt('probe-7'));
    }
  });

  it('are stored once, and stay as they were first', async () => {
    const [claim] = claims;
    if (!claim) throw new Error('There is no run.');
    await store.record(claim, attempt('once', 'first'));
    await Promise.all([
      store.record(claim, attempt('once', 'second')),
      store.record(claim, attempt('another')),
    ]);
    expect(await store.of(claim.runId)).toEqual(
      expect.arrayContaining([attempt('once', 'first'), attempt('another')]),
    );
  });

  it('fail alone: by a claim that is lost, and by what the database refuses', async () => {
    const [good, lost, refused] = claims;
    if (!good || !lost || !refused) throw new Error('There are too few runs.');
    const results = await Promise.allSettled([
      store.record(good, attempt('opens the batch')),
      store.record(good, attempt('good')),
      store.record({ ...lost, fence: lost.fence - 1 }, attempt('late')),
      store.record(refused, attempt('refused', 'NUL: \0')),
      store.record(refused, attempt('good')),
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      ...['fulfilled', 'fulfilled', 'rejected', 'rejected', 'fulfilled'],
    ]);
    expect(results[2]).toMatchObject({ reason: expect.any(ClaimLost) });
    expect(await store.of(good.runId)).toHaveLength(2);
    expect(await store.of(lost.runId)).toEqual([]);
    expect(await store.of(refused.runId)).toEqual([attempt('good')]);
  });
});
