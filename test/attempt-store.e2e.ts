import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { AttemptStore } from '../src/certification/runs/attempt-store.js';
import { ClaimLost, type Claim } from '../src/certification/runs/claim.js';
import type { Exchange } from '../src/certification/session/exchange.js';
import type { Attempt } from '../src/certification/validation/outcome.js';
import type { Usage } from '../src/inference/adapter.js';
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

function exchangeOf(usage: Pick<Usage, 'inputTokens' | 'outputTokens' | 'totalTokens'>): Exchange {
  return {
    ...{ label: 'chat', streamed: false, asked: 'Hi.', tools: [], faults: [], adapted: null },
    ...{ answered: true, text: 'Hi.', toolCalls: [], stopReason: 'stop', model: null },
    ...{ region: null, requestId: null, totalMs: 1, firstTokenMs: null, events: null, raw: null },
    usage: { reasoningTokens: null, cachedInputTokens: null, cacheWriteTokens: null, ...usage },
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

  it('are stored whatever their provider counts', async () => {
    const [claim] = claims;
    if (!claim) throw new Error('There is no run.');
    const counts = [10.5, -1, Infinity, 3_000_000_000];
    const exchanges = counts.map((count) =>
      exchangeOf({ inputTokens: count, outputTokens: 7, totalTokens: count }),
    );
    await store.record(claim, { ...attempt('counted'), exchanges });
    const { rows: stored } = await api.database.query(
      `SELECT "inputTokens", "outputTokens" FROM certification_probe_results WHERE "runId" = $1`,
      [claim.runId],
    );
    expect(stored).toEqual([{ inputTokens: 2_147_483_647, outputTokens: 28 }]);
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
