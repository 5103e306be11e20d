import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ChildService } from '../support/child-service.js';
import { freePort } from '../support/free-port.js';
import { obedient } from '../support/obedient-model.js';
import { OwnPostgres } from '../support/own-postgres.js';
import { RedisServer } from '../support/redis-server.js';
import { Rows } from '../support/rows.js';
import { ScriptedProvider } from '../support/scripted-provider.js';
import { dataOf, TestService } from '../support/service.js';
import { breaches } from './invariants.js';

const WITHIN = { timeout: 90_000, interval: 100 };
const VERDICTS: readonly unknown[] = ['CERTIFIED', 'QUALITY_WARNING'];

let provider: ScriptedProvider;

beforeEach(async () => {
  provider = await ScriptedProvider.start(obedient(150));
});

afterEach(() => provider.close());

interface Attempt {
  readonly probe: string;
  readonly attempt: number;
  readonly completedAt: Date;
}

async function attemptsOf(service: TestService): Promise<Attempt[]> {
  const { rows } = await service.database.query<Attempt>(
    `SELECT "runId", probe, attempt, "completedAt" FROM certification_probe_results
      ORDER BY "runId", probe, attempt`,
  );
  return rows;
}

async function start(service: TestService, deploymentId: string): Promise<string> {
  const body = { deploymentId };
  const accepted = await dataOf(service.api.POST('/api/certification-queue', { body }));
  return String(accepted.certifications[0]?.runId);
}

async function stateOf(service: TestService, runId: string) {
  const { rows } = await service.database.query<{ status: string; fence: number }>(
    `SELECT status::text, fence FROM certification_runs WHERE id = $1`,
    [runId],
  );
  return rows[0];
}

/** Waits for a verdict: nothing that was accepted is lost, and an outage of ours fails nobody. */
async function ends(service: TestService, runId: string): Promise<void> {
  const status = () =>
    stateOf(service, runId).then(
      (state) => state?.status,
      () => null,
    );
  await expect.poll(async () => VERDICTS.includes(await status()), WITHIN).toBe(true);
}

/** Answers that come before the outage is over. */
async function answered(
  service: TestService,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; seconds: number }> {
  const began = performance.now();
  const { status } = await service.call(method, path, body);
  return { status, seconds: (performance.now() - began) / 1_000 };
}

const own = process.env.TEST_QUEUE === 'redis' && !process.env.REDIS_URL;

describe.runIf(own)('A Redis that dies and comes back', { timeout: 120_000 }, () => {
  it.each([
    ['empty', false],
    ['with what it had appended to its file', true],
  ])('%s loses no run, doubles none, and refuses nobody', async (_, keeps) => {
    const directory = keeps ? mkdtempSync(join(tmpdir(), 'model-catalog-aof-')) : null;
    const redis = await RedisServer.start(await freePort(), directory);
    const service = await TestService.start({
      ...{ REDIS_URL: redis.url, CERTIFICATION_CONCURRENCY: '1' },
    });
    const rows = new Rows(service);
    const ids: string[] = [];
    for (const model of ['a', 'b', 'c']) ids.push(await rows.deployedAt(provider.url, model));
    const [last = '', ...first] = ids.toReversed();
    const runs = await Promise.all(first.map((id) => start(service, id)));
    await expect.poll(() => provider.requests.length, WITHIN).toBeGreaterThan(2);

    await redis.kill();
    const accepted = await answered(service, 'POST', '/api/certification-queue', {
      deploymentId: last,
    });
    expect([202, 503]).toContain(accepted.status);
    expect(accepted.seconds).toBeLessThan(3);
    for (const path of ['/api/v2/models', '/api/v2/certifications', '/api/certification-queue']) {
      expect(await answered(service, 'GET', path)).toMatchObject({ status: 200 });
    }
    await redis.restart();

    for (const run of [...runs, await start(service, last)]) await ends(service, run);
    const { rows: all } = await service.database.query('SELECT id FROM certification_runs');
    expect(all).toHaveLength(ids.length);
    const { database } = service;
    expect(await breaches({ database, requests: provider.requests, accepted: runs }, 0)).toEqual(
      [],
    );
    await service.close();
    await redis.kill();
    if (directory !== null) rmSync(directory, { recursive: true });
  });
});

describe('A PostgreSQL that dies and comes back', { timeout: 180_000 }, () => {
  it('in the middle of a run has lost nothing it acknowledged, and the run ends', async () => {
    const postgres = await OwnPostgres.start();
    const service = await TestService.start({ DATABASE_URL: postgres.url });
    const id = await new Rows(service).deployedAt(provider.url, 'a');
    const run = await start(service, id);
    const some = async () => (await attemptsOf(service)).length;
    await expect.poll(some, WITHIN).toBeGreaterThan(2);

    const before = await attemptsOf(service);
    await postgres.kill();
    const refused = await answered(service, 'GET', '/api/v2/models?limit=7');
    expect(refused.status).toBe(503);
    const post = await answered(service, 'POST', '/api/certification-queue', { deploymentId: id });
    expect(post.status).toBe(503);
    await sleep(1_000); // in which the run goes on without a database
    await postgres.restart();

    await ends(service, run);
    const after = await attemptsOf(service);
    expect(after).toEqual(expect.arrayContaining(before));
    // What was proved before is not asked again.
    const again = after.filter(({ attempt }) => attempt > 1).map(({ probe }) => probe);
    expect(before.filter(({ probe }) => again.includes(probe))).toEqual([]);
    expect(await answered(service, 'GET', '/api/v2/models?limit=8')).toMatchObject({ status: 200 });
    const { database } = service;
    expect(await breaches({ database, requests: provider.requests, accepted: [run] }, 0)).toEqual(
      [],
    );
    await service.close();
    await postgres.close();
  });
});

describe('A worker that freezes', { timeout: 180_000 }, () => {
  it('writes nothing any more when it wakes, once another one has taken over', async () => {
    const service = await TestService.start({ ROLE: 'api' });
    const rows = new Rows(service);
    const frozen = await ChildService.start(service, { ROLE: 'worker' });
    const run = await start(service, await rows.deployedAt(provider.url, 'a'));
    await expect.poll(() => provider.requests.length, WITHIN).toBeGreaterThan(3);
    frozen.signal('SIGSTOP');
    await sleep(500); // for what it had sent to arrive
    const frozenAt = Date.now();
    const other = await ChildService.start(service, { ROLE: 'worker' });
    const taken = async () => (await stateOf(service, run))?.fence;
    await expect.poll(taken, WITHIN).toBe(2);
    const takenAt = Date.now();
    frozen.signal('SIGCONT');
    await ends(service, run);
    await sleep(2_000); // for whatever the first one might still do

    const attempts = await attemptsOf(service);
    expect(new Set(attempts.map(({ probe }) => probe)).size).toBe(attempts.length);
    expect(await taken()).toBe(2);
    // Nothing was recorded between the two: the first one's last answer came too late.
    const between = attempts.filter(
      ({ completedAt }) => utc(completedAt) > frozenAt && utc(completedAt) < takenAt - 1_000,
    );
    expect(between).toEqual([]);
    expect(await requestsAfter(service, frozenAt)).toEqual(
      // The free question who the model is leaves no exchange.
      provider.requests.filter(({ at, method }) => at > frozenAt && method === 'POST').length,
    );
    await Promise.all([frozen.close(), other.close()]);
    await service.close();
  });
});

/** pg reads a time without a zone as a local one. */
function utc(time: Date): number {
  return time.getTime() - time.getTimezoneOffset() * 60_000;
}

/** Requests of the attempts that were begun after some moment. */
async function requestsAfter(service: TestService, moment: number): Promise<number> {
  const { rows } = await service.database.query<{ requests: number }>(
    `SELECT coalesce(sum((SELECT count(*) FROM jsonb_array_elements(p.evidence))), 0)::int AS requests
       FROM certification_probe_results p WHERE p."startedAt" >= $1`,
    [new Date(moment).toISOString().replace('Z', '')],
  );
  return rows[0]?.requests ?? 0;
}
