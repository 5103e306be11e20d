import { afterAll, beforeAll, expect, it } from 'vitest';

import { CertificationRunStore } from '../src/certification/runs/certification-run.store.js';
import { WaitingRuns } from '../src/certification/runs/waiting-runs.js';
import { Config } from '../src/shared/config.js';
import { PrismaService } from '../src/shared/database/prisma.service.js';
import { requestJobs } from './support/jobs.js';
import { waitForLocks } from './support/overtaken.js';
import { Rows } from './support/rows.js';
import { TestService } from './support/service.js';

const LOCK = 'SELECT FROM certification_runs WHERE id = $1 FOR NO KEY UPDATE';

let api: TestService;
let prisma: PrismaService;
let waiting: WaitingRuns;
let store: CertificationRunStore;

beforeAll(async () => {
  api = await TestService.start({ ROLE: 'api' });
  const config = Config.from({ DATABASE_URL: api.databaseUrl });
  prisma = new PrismaService(config);
  waiting = new WaitingRuns(prisma, config);
  store = Reflect.construct(CertificationRunStore, [prisma]);
  const rows = new Rows(api);
  const modelId = await rows.model('Shared');
  const providerId = await rows.provider('shared', { baseUrl: 'http://127.0.0.1:9/v1' });
  const names = ['a', 'b', 'c', 'd'];
  await requestJobs(
    api,
    await Promise.all(names.map((name) => rows.deployment(modelId, providerId, name))),
  );
});

afterAll(async () => {
  await prisma.onApplicationShutdown();
  await api.close();
});

/** All runs as they are given, the last one the first in the table, and the first to be taken. */
async function runsWith(state: string): Promise<string[]> {
  const { rows } = await api.database.query<{ id: string }>(
    'SELECT id FROM certification_runs ORDER BY id DESC',
  );
  const ids = rows.map(({ id }) => id);
  for (const [age, id] of ids.entries()) {
    await api.database.query(
      `UPDATE certification_runs SET ${state}, "createdAt" = now() - make_interval(hours => 9 - $2)
        WHERE id = $1`,
      [id, age],
    );
  }
  return ids.toReversed();
}

it.each<[string, string, (ids: string[]) => Promise<unknown>]>([
  ['are marked as queued', `status = 'PENDING'`, (ids) => store.markQueued(ids)],
  ['are handed over', `status = 'QUEUED', "waitsForSlot" = true`, () => waiting.handOver()],
])('Runs that %s are locked in the order in which everybody locks several', async (...given) => {
  const [, state, change] = given;
  const [first, ...others] = await runsWith(state);
  const holder = await api.database.connect();
  await holder.query('BEGIN');
  await holder.query(LOCK, [first]);
  const changed = change([...others, String(first)]);
  try {
    await expect.poll(() => waitForLocks(api.database), { timeout: 10_000 }).toBe(1);
    // It waits for the first of them and holds none of the others.
    for (const id of others) await holder.query(`${LOCK} NOWAIT`, [id]);
  } finally {
    await holder.query('ROLLBACK');
    holder.release();
    await changed;
  }
});

it('A deployment that is removed waits for its runs, and holds no certificate until then', async () => {
  const { rows } = await api.database.query<{ id: string; deployment: string }>(
    'SELECT id, "deploymentId" AS deployment FROM certification_runs LIMIT 1',
  );
  const [{ id, deployment } = { id: '', deployment: '' }] = rows;
  const holder = await api.database.connect();
  await holder.query('BEGIN');
  await holder.query(LOCK, [id]);
  const removed = api.call('DELETE', `/api/v2/deployments/${deployment}`);
  try {
    await expect.poll(() => waitForLocks(api.database), { timeout: 10_000 }).toBe(1);
    const certificate = 'SELECT FROM model_certifications WHERE "deploymentId" = $1';
    await holder.query(`${certificate} FOR NO KEY UPDATE NOWAIT`, [deployment]);
  } finally {
    await holder.query('ROLLBACK');
    holder.release();
    expect((await removed).status).toBe(204);
  }
});
