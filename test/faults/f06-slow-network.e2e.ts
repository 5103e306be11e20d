import { setTimeout as sleep } from 'node:timers/promises';

import { afterEach, describe, expect, it } from 'vitest';

import { jobBecomes, requestJob } from '../support/jobs.js';
import { plainAnswer } from '../support/plain-model.js';
import { Rows } from '../support/rows.js';
import { ScriptedProvider } from '../support/scripted-provider.js';
import { ADMIN_KEY, newDatabase, newRedis, TestService } from '../support/service.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { CatalogueReader } from './catalogue-reader.js';
import { breaches } from './invariants.js';

/** Each way; a statement waits for twice as much. */
const DELAY_MS = 60;
const VERDICT = { status: 'QUALITY_WARNING' } as const; // `smoke` leaves claims untested
const WITHIN_MS = 60_000;

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** A service that reaches a server through a proxy. */
async function behindProxy(setting: 'DATABASE_URL' | 'REDIS_URL', address: string) {
  const proxy = await TcpProxy.before(address);
  closing.push(() => proxy.close());
  const service = await TestService.start({ [setting]: proxy.url, DATABASE_WAIT_MS: '1500' });
  closing.push(() => service.close());
  const provider = await ScriptedProvider.start((request) => plainAnswer(request, 50));
  closing.push(() => provider.close());
  return { proxy, service, provider, rows: new Rows(service) };
}

type Behind = Awaited<ReturnType<typeof behindProxy>>;

/** Certifies while the network is slow. @returns the readings of the catalogue meanwhile */
async function certifySlowly({ proxy, service, provider, rows }: Behind): Promise<CatalogueReader> {
  const id = await rows.deployedAt(provider.url, 'far-away');
  proxy.delay(DELAY_MS);
  const reader = new CatalogueReader(
    service.url,
    ADMIN_KEY,
    (turn) => `/api/v2/models?limit=${1 + (turn % 200)}`,
  );
  await jobBecomes(service, await requestJob(service, id), VERDICT, WITHIN_MS);
  await reader.stop();
  const { database } = service;
  expect(await breaches({ database, requests: provider.requests }, WITHIN_MS)).toEqual([]);
  const { rows: runs } = await database.query('SELECT fence FROM certification_runs');
  expect(runs).toEqual([{ fence: 1 }]); // slow is not dead
  expect(reader.faults).toEqual([]);
  return reader;
}

describe('A slow way', { timeout: 150_000 }, () => {
  it.runIf(process.env.TEST_QUEUE === 'redis')('to Redis slows no reader down', async () => {
    const reader = await certifySlowly(await behindProxy('REDIS_URL', String(await newRedis())));
    expect(reader.readings.every(({ status }) => status === 200)).toBe(true);
  });

  it('to PostgreSQL costs a run its speed, and nothing else', async () => {
    const reader = await certifySlowly(await behindProxy('DATABASE_URL', await newDatabase()));
    const answered = reader.readings.filter(({ status }) => status === 200).length;
    expect(answered).toBeGreaterThan(reader.readings.length / 2);
  });

  it('that swallows all that is sent to PostgreSQL is given up, and used again later', async () => {
    const { proxy, service } = await behindProxy('DATABASE_URL', await newDatabase());
    const read = async (limit: number) => service.call('GET', `/api/v2/models?limit=${limit}`);
    expect((await read(1)).status).toBe(200);
    proxy.silence();
    const began = performance.now();
    expect((await read(2)).status).toBe(503);
    expect(performance.now() - began).toBeLessThan(2_500);
    expect((await service.call('GET', '/health/live')).status).toBe(200);
    await sleep(1_000); // it stays away for longer than a request waits
    proxy.restore();
    await expect.poll(async () => (await read(3)).status, { timeout: 20_000 }).toBe(200);
  });
});
