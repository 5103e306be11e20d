import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ChildService } from './support/child-service.js';
import { freePort } from './support/free-port.js';
import { cancelJob, jobBecomes, readJob, recordedCost, requestJob } from './support/jobs.js';
import { waitForLocks } from './support/overtaken.js';
import { isStreamed, plainAnswer } from './support/plain-model.js';
import { RedisServer } from './support/redis-server.js';
import { completion, json, ScriptedProvider } from './support/scripted-provider.js';
import { Rows } from './support/rows.js';
import { ADMIN_KEY, TestService } from './support/service.js';
import { TcpProxy } from './support/tcp-proxy.js';

const ALL = { ROLE: 'all', SHUTDOWN_DELAY_SECONDS: '0' };
const ANSWER_MS = 1_500;

/** Accepts and shows; the child works. */
let catalogue: TestService;
let rows: Rows;
/** Never answers. */
let hung: ScriptedProvider;
let slow: ScriptedProvider;
/** Answers in one piece, and never in a stream. */
let half: ScriptedProvider;

beforeAll(async () => {
  hung = await ScriptedProvider.start({ silent: true });
  slow = await ScriptedProvider.start({
    ...json(completion({ content: 'late' })),
    beforeMs: ANSWER_MS,
  });
  half = await ScriptedProvider.start((request) =>
    isStreamed(request.body) ? { silent: true } : plainAnswer(request),
  );
  catalogue = await TestService.start({ ROLE: 'api' });
  rows = new Rows(catalogue);
});

afterAll(async () => {
  await catalogue.close();
  await Promise.all([hung.close(), slow.close(), half.close()]);
});

async function timed<T>(work: Promise<T>): Promise<{ seconds: number; result: T }> {
  const start = performance.now();
  const result = await work;
  return { seconds: (performance.now() - start) / 1_000, result };
}

/** Sends requests, as a load balancer does, as long as the process says that it is ready. */
class Load {
  readonly statuses = new Set<number>();
  readonly failures: unknown[] = [];
  /** Resolves when it sends no more, with the answer that told it. */
  readonly over: Promise<Response>;
  private sending = true;

  constructor(private readonly url: string) {
    const clients = Array.from({ length: 8 }, () => this.ask());
    const watched = this.watch();
    this.over = Promise.all(clients).then(() => watched);
  }

  private async watch(): Promise<Response> {
    for (;;) {
      const answer = await fetch(`${this.url}/health/ready`);
      this.sending = answer.ok;
      if (!answer.ok) return answer;
      await sleep(20);
    }
  }

  private async ask(): Promise<void> {
    const headers = { authorization: `Bearer ${ADMIN_KEY}` };
    while (this.sending) {
      try {
        const answer = await fetch(`${this.url}/api/v2/models`, { headers });
        await answer.text();
        this.statuses.add(answer.status);
      } catch (error) {
        this.failures.push(error);
      }
    }
  }
}

async function underWay(deploymentId: string): Promise<string> {
  const job = await requestJob(catalogue, deploymentId);
  await jobBecomes(catalogue, job, { status: 'PROCESSING' });
  return job;
}

describe('SIGTERM', () => {
  it('under load: not ready at once, every request answered, the run handed back, exit code 0', async () => {
    const child = await ChildService.start(catalogue, { ...ALL, SHUTDOWN_DELAY_SECONDS: '4' });
    await child.call('GET', '/health/live'); // the first answer waits for the document it is held to
    const job = await underWay(await rows.deployedAt(hung.url, 'hung'));
    const load = new Load(child.url);
    await expect.poll(() => load.statuses.size).toBe(1);
    const stopped = timed(child.close());
    const ready = await load.over;
    expect(ready.status).toBe(503);
    expect(ready.headers.get('connection')).toBe('close');
    expect(await ready.json()).toMatchObject({ indicators: { database: 'up', draining: 'down' } });
    expect((await child.call('GET', '/health/live')).status).toBe(200);
    expect([...load.statuses]).toEqual([200]);
    expect(load.failures).toEqual([]);
    const { seconds, result } = await stopped;
    expect(result).toBe(0);
    expect(seconds).toBeLessThan(25);
    expect(await readJob(catalogue, job)).toMatchObject({ status: 'QUEUED' });
  }, 90_000);

  it.each([2_000, 5_500])(
    'hands back a run that is claimed %i ms later, and blames no worker',
    async (laterMs) => {
      const child = await ChildService.start(catalogue, { ...ALL, ROLE: 'worker' });
      const deploymentId = await rows.deployedAt(hung.url, `hung-${laterMs}`);
      // The claim waits for the slots of its provider.
      const other = await catalogue.database.connect();
      await other.query('BEGIN');
      await other.query(`SELECT has_free_slot(id, 1) FROM model_deployments WHERE id = $1`, [
        deploymentId,
      ]);
      const job = await requestJob(catalogue, deploymentId);
      await expect.poll(() => waitForLocks(catalogue.database), { timeout: 10_000 }).toBe(1);
      const stopped = child.close();
      await sleep(laterMs);
      await other.query('COMMIT');
      other.release();
      expect(await stopped).toBe(0);
      const { rows: found } = await catalogue.database.query(
        `SELECT status, "lostWorkers" FROM certification_runs WHERE "jobId" = $1`,
        [job],
      );
      expect(found).toEqual([{ status: 'QUEUED', lostWorkers: 0 }]);
    },
    60_000,
  );

  it('hands back what a run cost until then, also of one that is cancelled later', async () => {
    const child = await ChildService.start(catalogue, { ...ALL, ROLE: 'worker' });
    const job = await requestJob(catalogue, await rows.deployedAt(half.url, 'half'));
    await expect.poll(() => recordedCost(catalogue, job), { timeout: 20_000 }).toBeGreaterThan(0);
    expect(await child.close()).toBe(0);
    const costUsd = expect.closeTo(await recordedCost(catalogue, job), 12);
    expect(await readJob(catalogue, job)).toMatchObject({ status: 'QUEUED', costUsd });
    const { body } = await cancelJob(catalogue, job);
    expect(body).toMatchObject({ status: 'CANCELLED', costUsd });
  }, 60_000);

  it('lets a call that was accepted end, and ends open streams of events', async () => {
    const child = await ChildService.start(catalogue, ALL);
    const deploymentId = await rows.deployedAt(slow.url, 'slow');
    const path = `/api/v2/deployments/${deploymentId}/invoke`;
    const call = child.call('POST', path, { messages: [{ role: 'user', content: 'Hello' }] });
    const asked = { deploymentId: await rows.deployedAt(hung.url, 'hung-too') };
    const { body } = await child.call('POST', '/api/certification-queue', asked);
    const events = await fetch(
      `${child.url}/api/certification-queue/batches/${String(body.batchId)}/events`,
      { headers: { authorization: `Bearer ${ADMIN_KEY}` } },
    );
    await expect.poll(() => slow.requests.length, { timeout: 10_000 }).toBeGreaterThan(0);
    const stopped = child.close();
    expect((await call).status).toBe(200);
    expect(await events.text()).toContain('event: progress');
    expect(await stopped).toBe(0);
  }, 60_000);

  it('given twice ends the process at once', async () => {
    const child = await ChildService.start(catalogue, ALL);
    await underWay(await rows.deployedAt(hung.url, 'hung-again'));
    const first = child.close();
    await expect.poll(() => child.output).toContain('SIGTERM: the process stops.');
    const { seconds, result } = await timed(child.close());
    expect(result).toBe(1);
    expect(seconds).toBeLessThan(3); // its run alone may take 5 s to end
    await first;
  }, 60_000);

  it('ends the process within 25 s even when the database hangs under a run', async () => {
    const database = await TcpProxy.before(catalogue.databaseUrl);
    const child = await ChildService.start(catalogue, { ...ALL, DATABASE_URL: database.url });
    await underWay(await rows.deployedAt(hung.url, 'hung-once-more'));
    database.silence();
    const { seconds, result } = await timed(child.close());
    await database.close();
    expect(seconds).toBeLessThan(25);
    expect(result).toBe(1);
  }, 90_000);

  it.skipIf(process.env.TEST_QUEUE !== 'redis')(
    'writes what it holds even when its queue is away',
    async () => {
      const redis = await RedisServer.start(await freePort());
      const child = await ChildService.start(
        { databaseUrl: catalogue.databaseUrl, redisUrl: redis.url },
        ALL,
      );
      await child.call('GET', '/api/v2/logs');
      await redis.kill();
      const { seconds, result } = await timed(child.close());
      expect(seconds).toBeLessThan(12);
      expect(result).toBe(0);
      const { rows: points } = await catalogue.database.query(
        `SELECT FROM system_metrics WHERE metadata->>'route' = '/api/v2/logs'`,
      );
      expect(points.length).toBeGreaterThan(0);
    },
    60_000,
  );
});
