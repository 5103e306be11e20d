import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { SIMULATED, startSimulator, type Simulator } from '../src/embedded/simulator/simulator.js';
import type { components } from '../docs/api/openapi.js';
import { ChildService } from './support/child-service.js';
import { overtaken } from './support/overtaken.js';
import { Rows, type Certificate } from './support/rows.js';
import { CAPABILITIES, PRICES } from './support/samples.js';
import { ScriptedProvider } from './support/scripted-provider.js';
import { dataOf, TestService } from './support/service.js';

const WITHIN = { timeout: 40_000, interval: 200 };
const HOUR_MS = 3_600_000;
const ON = { CERTIFICATION_SCHEDULE: 'on', CERTIFICATION_SCHEDULE_SECONDS: '1' };
const WORKER = { ROLE: 'worker', ...ON };

let simulator: Simulator;
let silent: ScriptedProvider;

beforeAll(async () => {
  simulator = await startSimulator();
  silent = await ScriptedProvider.start({ silent: true }); // keeps runs under way
});

afterAll(async () => {
  await silent.close();
  await simulator.stop();
});

const hours = (count: number) => new Date(Date.now() + count * HOUR_MS);
/** Of seven days: in the last fiftieth of its life, so due whatever its id; or half way through. */
const ENDING = { testedAt: hours(-167), expiresAt: hours(1) };
const HALFWAY = { testedAt: hours(-84), expiresAt: hours(84) };

/** A deployment with a certificate. */
async function certified(
  rows: Rows,
  baseUrl: string,
  certificate: Partial<Certificate>,
  fields: object = {},
): Promise<string> {
  const id = await rows.deployedAt(baseUrl, SIMULATED.honest, fields);
  await rows.certificate(id, certificate);
  return id;
}

function schedule(service: TestService): Promise<components['schemas']['ScheduleDto']> {
  return dataOf(service.api.GET('/api/certification-queue/schedule'));
}

/** Waits until it has ticked at least twice more: what it would do by now, it has done. */
async function moreTicks(service: TestService): Promise<void> {
  const nextTick = async () => Date.parse(String((await schedule(service)).nextTickAt));
  await expect.poll(nextTick, WITHIN).toBeGreaterThan(Date.now() + 3_000);
}

/** The runs of each deployment, by its id. */
async function runsOf(service: TestService): Promise<Map<string, string[]>> {
  const { rows } = await service.database.query<{ deployment: string; statuses: string[] }>(
    `SELECT "deploymentId" AS deployment, array_agg(status::text) AS statuses
       FROM certification_runs GROUP BY 1`,
  );
  return new Map(rows.map(({ deployment, statuses }) => [deployment, statuses]));
}

/** A run that ended without a verdict some hours ago, as the last one of a certificate. */
async function endedWithout(service: TestService, deployment: string, ago: number[]) {
  for (const hour of ago) {
    await service.database.query(
      `WITH run AS (
         INSERT INTO certification_runs
           (id, "certificationId", "deploymentId", region, status, "suiteVersion", origin,
            "completedAt", "nextAttemptAt", "updatedAt")
         SELECT gen_random_uuid(), id, "deploymentId", region, 'COMPLETED', '1.0.0', 'request',
                $2::timestamp, $2::timestamp + interval '1 hour', $2::timestamp
           FROM model_certifications WHERE "deploymentId" = $1
         RETURNING id, "certificationId")
       UPDATE model_certifications c SET "lastRunId" = run.id, status = 'COMPLETED'
         FROM run WHERE c.id = run."certificationId"`,
      [deployment, hours(-hour)],
    );
  }
}

describe('The schedule', { timeout: 90_000 }, () => {
  it('of two processes tests each certificate that is due once, and no other', async () => {
    const service = await TestService.start({ ROLE: 'api', ...ON });
    const rows = new Rows(service);
    const at = (certificate: Partial<Certificate>, fields?: object) =>
      certified(rows, simulator.baseUrl, certificate, fields);

    const stale = await at(HALFWAY);
    await service.database.query(
      `UPDATE model_certifications SET "staleSince" = now() WHERE "deploymentId" = $1`,
      [stale],
    );
    const throttledOnce = await at({ verdict: null });
    await endedWithout(service, throttledOnce, [1.1]);
    const due = [
      stale,
      throttledOnce,
      await at(ENDING),
      await at({ verdict: 'QUALITY_WARNING', testedAt: hours(-73), expiresAt: hours(-1) }),
      await at({ verdict: 'FAILED', testedAt: hours(-25), expiresAt: hours(-1) }),
      await at({ ...ENDING, region: 'eu' }, { regions: ['us', 'eu'] }),
    ];

    const throttledThrice = await at({ verdict: null });
    await endedWithout(service, throttledThrice, [5, 4, 2]); // the third pause is of four hours
    const cancelled = await at({ verdict: null });
    await service.database.query(
      `UPDATE model_certifications SET status = 'CANCELLED' WHERE "deploymentId" = $1`,
      [cancelled],
    );
    await at(HALFWAY);
    await at({ verdict: 'FAILED', testedAt: hours(-23), expiresAt: hours(1) });
    await at(ENDING, { isActive: false });
    await at({ ...ENDING, region: 'eu' }, { regions: ['us'] });
    await rows.deployedAt(simulator.baseUrl, SIMULATED.honest); // was never certified

    const before = await schedule(service);
    expect(before).toMatchObject({ enabled: true, everySeconds: 1, nextTickAt: null, underWay: 0 });
    expect(before).toMatchObject({ due: due.length, spentUsd: 0, dailyBudgetUsd: null });
    const announced = before.next.map(({ deploymentId }) => deploymentId);
    expect(new Set(announced)).toEqual(new Set(due));

    const workers = await Promise.all([
      ChildService.start(service, WORKER),
      ChildService.start(service, WORKER),
    ]);
    const ended = async () =>
      [...(await runsOf(service)).values()].flat().filter((one) => one === 'CERTIFIED').length;
    await expect.poll(ended, WITHIN).toBe(due.length);
    await moreTicks(service);
    const runs = await runsOf(service);
    for (const id of due)
      expect(runs.get(id)?.filter((one) => one !== 'COMPLETED')).toHaveLength(1);
    expect([...runs.keys()].toSorted()).toEqual([...due, throttledThrice].toSorted());
    const { rows: made } = await service.database.query(
      `SELECT DISTINCT priority, profile FROM certification_runs WHERE origin = 'schedule'`,
    );
    expect(made).toEqual([{ priority: 'low', profile: 'standard' }]);

    const after = await schedule(service);
    expect(after).toMatchObject({ due: 0, next: [], underWay: 0, reservedUsd: 0 });
    expect(after.spentUsd).toBeGreaterThan(0);
    await Promise.all(workers.map((worker) => worker.close()));
    await service.close();
  });

  it('starts no more than the budget of the day can pay', async () => {
    const estimate = (26_000 * PRICES.costPer1MInput + 3_200 * PRICES.costPer1MOutput) / 1e6;
    const budget = { CERTIFICATION_DAILY_BUDGET_USD: String(2.5 * estimate) };
    const service = await TestService.start({ ...ON, ...budget });
    const rows = new Rows(service);
    for (let index = 0; index < 3; index += 1) await certified(rows, silent.url, ENDING);
    await expect.poll(async () => (await schedule(service)).underWay, WITHIN).toBe(2);
    await moreTicks(service);
    const { due, underWay, reservedUsd, next } = await schedule(service);
    expect({ due, underWay }).toEqual({ due: 1, underWay: 2 });
    expect(next[0]?.estimateUsd).toBeCloseTo(estimate);
    expect(reservedUsd).toBeCloseTo(2 * estimate);
    await service.close();
  });

  it('lets what no day can pay keep nothing else waiting', async () => {
    const service = await TestService.start({ ...ON, CERTIFICATION_DAILY_BUDGET_USD: '1' });
    const rows = new Rows(service);
    const modelId = await rows.model('Shared');
    const providerId = await rows.provider('shared', { baseUrl: silent.url });
    const dear = { costPer1MInput: 1_000, costPer1MOutput: 1_000 };
    for (let index = 0; index < 20; index += 1) {
      const id = await rows.deployment(modelId, providerId, `dear-${index}`, dear);
      await rows.certificate(id, ENDING);
    }
    const cheap = await rows.deployment(modelId, providerId, 'cheap');
    await rows.certificate(cheap, { verdict: 'FAILED', expiresAt: hours(-0.001) });
    await expect.poll(async () => [...(await runsOf(service)).keys()], WITHIN).toEqual([cheap]);
    const { due, next } = await schedule(service);
    expect({ due, next: next.length }).toEqual({ due: 20, next: 19 });
    await service.close();
  });

  it('estimates a run by its profile, its prices and what it may cost', async () => {
    const service = await TestService.start({ ROLE: 'api' });
    const rows = new Rows(service);
    const { costPer1MInput, costPer1MOutput } = PRICES;
    const { maxContextWindow } = CAPABILITIES;
    const usd = (input: number, output: number) =>
      (input * costPer1MInput + output * costPer1MOutput) / 1e6;
    const estimates = new Map<string, number>();
    for (const [profile, maxCostUsd, estimate] of [
      ['smoke', null, usd(500, 700)],
      ['standard', null, usd(26_000, 3_200)],
      ['standard', 1_000, usd(26_000, 3_200)],
      ['standard', 0.001, 0.001],
      ['deep', null, 3 * usd(18_000 + maxContextWindow, 3_200)],
    ] as const) {
      const id = await certified(rows, silent.url, ENDING);
      await endedWithout(service, id, [200]);
      await service.database.query(
        `UPDATE certification_runs SET profile = $2, "maxCostUsd" = $3 WHERE "deploymentId" = $1`,
        [id, profile, maxCostUsd],
      );
      estimates.set(id, expect.closeTo(estimate) as number);
    }
    estimates.set(await certified(rows, silent.url, ENDING), expect.closeTo(0.126) as number);
    const { next } = await schedule(service);
    expect(new Map(next.map((one) => [one.deploymentId, one.estimateUsd]))).toEqual(estimates);
    await service.close();
  });

  it('counts what its own runs cost within a day, and no others', async () => {
    const service = await TestService.start({ ROLE: 'api', CERTIFICATION_DAILY_BUDGET_USD: '5' });
    const id = await certified(new Rows(service), silent.url, HALFWAY);
    for (const [origin, ago, costUsd] of [
      ['schedule', 23, 0.1],
      ['schedule', 22, 0.2],
      ['schedule', 25, 0.7],
      ['request', 1, 0.7],
    ]) {
      await service.database.query(
        `INSERT INTO certification_runs
           (id, "certificationId", "deploymentId", region, status, "suiteVersion", origin,
            "costUsd", "completedAt", "updatedAt")
         SELECT gen_random_uuid(), id, "deploymentId", region, 'CERTIFIED', '1.0.0',
                $2::"RunOrigin", $4, $3, $3
           FROM model_certifications WHERE "deploymentId" = $1`,
        [id, origin, hours(-Number(ago)), costUsd],
      );
    }
    // Another one is under way, and has asked its provider something.
    await service.database.query(
      `WITH run AS (
         INSERT INTO certification_runs
           (id, "certificationId", "deploymentId", region, status, "suiteVersion", origin, "updatedAt")
         SELECT gen_random_uuid(), id, "deploymentId", region, 'PROCESSING', '1.0.0', 'schedule', now()
           FROM model_certifications WHERE "deploymentId" = $1 RETURNING id)
       INSERT INTO certification_probe_results
         (id, "runId", probe, attempt, verdict, evidence, "costUsd", "startedAt", "completedAt")
       SELECT gen_random_uuid(), id, 'basicChat', 1, 'PASS', '[]', 0.2, now(), now() FROM run`,
      [id],
    );
    const spent = { spentUsd: 0.3, dailyBudgetUsd: 5, due: 0 };
    expect(await schedule(service)).toMatchObject({ ...spent, underWay: 1 });
    // Money stays spent when what it was spent on is removed.
    expect((await service.call('DELETE', `/api/v2/deployments/${id}`)).status).toBe(204);
    expect(await schedule(service)).toMatchObject({ ...spent, underWay: 0, spentUsd: 0.5 });
    await service.close();
  });

  it('counts what was recorded while its deployment was being removed', async () => {
    const service = await TestService.start({ ROLE: 'api' });
    const id = await certified(new Rows(service), silent.url, HALFWAY);
    await service.database.query(
      `INSERT INTO certification_runs
         (id, "certificationId", "deploymentId", region, status, "suiteVersion", origin, "updatedAt")
       SELECT gen_random_uuid(), id, "deploymentId", region, 'PROCESSING', '1.0.0', 'schedule', now()
         FROM model_certifications WHERE "deploymentId" = $1`,
      [id],
    );
    const attempt = `
      INSERT INTO certification_probe_results
        (id, "runId", probe, attempt, verdict, evidence, "costUsd", "startedAt", "completedAt")
      SELECT gen_random_uuid(), id, 'basicChat', 1, 'PASS', '[]', 0.2, now(), now()
        FROM certification_runs WHERE "deploymentId" = $1`;
    const removed = await overtaken(service.database, [attempt, [id]], () =>
      service.call('DELETE', `/api/v2/deployments/${id}`),
    );
    expect(removed.status, removed.text).toBe(204);
    expect(await schedule(service)).toMatchObject({ underWay: 0, spentUsd: 0.2 });
    await service.close();
  });

  it('leaves one provider no more runs under way than it can bear', async () => {
    const service = await TestService.start(ON);
    const rows = new Rows(service);
    const modelId = await rows.model('Shared');
    const providerId = await rows.provider('shared', { baseUrl: silent.url });
    for (let index = 0; index < 22; index += 1) {
      await rows.certificate(await rows.deployment(modelId, providerId, `d-${index}`), ENDING);
    }
    const other = await certified(rows, silent.url, ENDING);
    await expect.poll(async () => (await schedule(service)).underWay, WITHIN).toBe(21);
    await moreTicks(service);
    expect(await schedule(service)).toMatchObject({ due: 2, underWay: 21, next: [] });
    expect((await runsOf(service)).get(other)).toHaveLength(1);
    await service.close();
  });

  it('that is turned off is gone from the queue and does nothing', async () => {
    const service = await TestService.start({ ROLE: 'api' });
    const rows = new Rows(service);
    const worker = await ChildService.start(service, WORKER);
    await expect.poll(async () => (await schedule(service)).nextTickAt, WITHIN).not.toBeNull();
    await worker.close();
    await certified(rows, simulator.baseUrl, ENDING);
    expect((await schedule(service)).nextTickAt).not.toBeNull();

    const off = await ChildService.start(service, { ROLE: 'worker' });
    await expect.poll(async () => (await schedule(service)).nextTickAt, WITHIN).toBeNull();
    await sleep(2_500); // in which it would tick twice
    expect(await schedule(service)).toMatchObject({ enabled: false, due: 1, underWay: 0 });
    expect((await runsOf(service)).size).toBe(0);
    await off.close();
    await service.close();
  });
});
