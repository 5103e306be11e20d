import { EventEmitter2 } from '@nestjs/event-emitter';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { createApp } from '../src/app.setup.js';
import {
  CertificationFinishedEvent,
  type FinishedRun,
} from '../src/certification/certification-finished.event.js';
import { SIMULATED, startSimulator, type Simulator } from '../src/embedded/simulator/simulator.js';
import { Config } from '../src/shared/config.js';
import { certify, deploy, type Deployed } from './support/certifying.js';
import { jobBecomes, loseJobs, requestJob } from './support/jobs.js';
import { Rows } from './support/rows.js';
import { UNKNOWN } from './support/samples.js';
import { ScriptedProvider } from './support/scripted-provider.js';
import { TestService } from './support/service.js';

/** A worker of its own would take the other service's wake-ups. */
const QUIET = { ROLE: 'api', LOG_LEVEL: 'silent' };

interface Series {
  readonly metricType: string;
  readonly points: Record<string, unknown>[];
  readonly last: { value: number; at: string } | null;
  readonly total: Record<string, number | null>;
}

let catalogue: TestService;
let simulator: Simulator;
let rows: Rows;

beforeAll(async () => {
  simulator = await startSimulator();
  // What the tests write is old already.
  catalogue = await TestService.start({ METRICS_RAW_DAYS: '3650', METRICS_ROLLUP_DAYS: '3650' });
  rows = new Rows(catalogue);
});

afterAll(async () => {
  await catalogue.close();
  await simulator.stop();
});

async function seriesOf(path: string): Promise<Series[]> {
  const { status, body } = await catalogue.call('GET', path);
  expect({ status, ...(status !== 200 && body) }).toEqual({ status: 200 });
  return body.series as Series[];
}

/** The series of a deployment once its points are written, by type. */
async function writtenOf(id: string): Promise<Record<string, Series>> {
  const written = async () => {
    const series = await seriesOf(`/api/v2/metrics/${id}`);
    return series.some(({ points }) => points.length > 0) && series;
  };
  const series = await vi.waitUntil(written, { timeout: 5_000, interval: 100 });
  return Object.fromEntries(series.map((one) => [one.metricType, one]));
}

async function insert(
  deploymentId: string,
  metricType: string,
  points: readonly [string, number][],
): Promise<void> {
  for (const [at, value] of points) {
    await catalogue.database.query(
      `INSERT INTO system_metrics (id, "deploymentId", "metricType", value, timestamp)
       VALUES (gen_random_uuid(), $1, $2, $3, $4::timestamptz AT TIME ZONE 'UTC')`,
      [deploymentId, metricType, value, at],
    );
  }
}

/** A percentile: within 1 %. */
function about(value: number): unknown {
  return expect.toSatisfy((found: number) => Math.abs(found - value) <= 0.01 * value);
}

describe('metrics of certifications', () => {
  it('has the points of a run that passed', async () => {
    const { id } = await deploy(catalogue, simulator, SIMULATED.honest);
    const { rating } = await certify(catalogue, id);
    const { certification, error_rate, latency, cost, usage } = await writtenOf(id);
    expect(certification).toMatchObject({ points: [{ count: 1, mean: 1 }], last: { value: 1 } });
    expect(error_rate).toMatchObject({ points: [{ count: 1, mean: 0 }], last: { value: 0 } });
    expect(latency?.last?.value).toBeGreaterThan(0);
    expect(cost?.last?.value).toBeGreaterThan(0);
    expect(usage).toMatchObject({ points: [], last: null, total: { count: 0, sum: 0, p50: null } });
    const { rows } = await catalogue.database.query(
      `SELECT DISTINCT m.metadata, m.timestamp = r."completedAt" AS timely
         FROM system_metrics m JOIN certification_runs r ON r.id = m.metadata->>'runId'
        WHERE m."deploymentId" = $1`,
      [id],
    );
    expect(rows).toMatchObject([{ metadata: { status: 'CERTIFIED', rating }, timely: true }]);
  });

  it('takes throttling neither for a verdict nor for a fault', async () => {
    const { id } = await deploy(catalogue, simulator, SIMULATED.throttling);
    const jobId = await requestJob(catalogue, id, { profile: 'standard' });
    await jobBecomes(catalogue, jobId, { status: 'QUEUED', errorCategory: 'RATE_LIMIT' });
    // It had its tries; the next one is the last, and due.
    await loseJobs(catalogue);
    await catalogue.database.query(
      `UPDATE certification_runs SET tries = 3, "nextAttemptAt" = now() - interval '5 seconds',
              "updatedAt" = now() - interval '6 seconds' WHERE "jobId" = $1`,
      [jobId],
    );
    await jobBecomes(catalogue, jobId, { status: 'COMPLETED' });
    const { certification, error_rate, throttled } = await writtenOf(id);
    expect(certification).toMatchObject({ points: [], last: null });
    expect(error_rate).toMatchObject({ points: [], last: null });
    expect(throttled).toMatchObject({ last: { value: 1 } });
  });

  it('takes a claim that is refuted for no fault: every call was answered', async () => {
    const { id } = await deploy(catalogue, simulator, SIMULATED.lying);
    await certify(catalogue, id);
    const { certification, error_rate } = await writtenOf(id);
    expect(certification).toMatchObject({ last: { value: 0 } });
    expect(error_rate).toMatchObject({ last: { value: 0 } });
  });

  it('takes a run that passed for one, also where a deeper certificate stands', async () => {
    const id = await rows.deployedAt(simulator.baseUrl, SIMULATED.honest);
    await certify(catalogue, id);
    const jobId = await requestJob(catalogue, id, { profile: 'smoke', force: true });
    await jobBecomes(catalogue, jobId, { status: 'QUALITY_WARNING' });
    const written = async () => {
      const { certification, error_rate } = await writtenOf(id);
      return [certification?.total, error_rate?.total];
    };
    await expect.poll(written, { timeout: 10_000 }).toMatchObject([
      { count: 2, sum: 2 },
      { count: 2, sum: 0 },
    ]);
  });

  it('takes a run whose workers were lost neither for a verdict nor for a fault', async () => {
    const silent = await ScriptedProvider.start({ silent: true });
    const id = await rows.deployedAt(silent.url, 'unlucky');
    const jobId = await requestJob(catalogue, id);
    await jobBecomes(catalogue, jobId, { status: 'PROCESSING' });
    await catalogue.database.query(
      `UPDATE certification_runs SET "lostWorkers" = 4, fence = fence + 1,
              "leaseUntil" = now() - interval '1 second' WHERE "jobId" = $1`,
      [jobId],
    );
    await jobBecomes(catalogue, jobId, { status: 'FAILED', errorCategory: 'WORKER_LOST' });
    const { certification, error_rate, cost } = await writtenOf(id);
    expect(certification).toMatchObject({ points: [] });
    expect(error_rate).toMatchObject({ points: [] });
    expect(cost).toMatchObject({ points: [{ count: 1 }] });
    await silent.close();
  });

  it('loses no point when the service stops', async () => {
    const app = await createApp(Config.from({ DATABASE_URL: catalogue.databaseUrl, ...QUIET }));
    await app.init();
    const run: FinishedRun = {
      ...{ runId: UNKNOWN, deploymentId: UNKNOWN, providerId: UNKNOWN, baseModelId: UNKNOWN },
      ...{
        region: 'global',
        status: 'FAILED',
        passed: false,
        errorCategory: null,
        rating: 0,
        avgLatencyMs: null,
      },
      ...{ costUsd: 0.5, durationMs: 10, completedAt: new Date() },
    };
    const event = new CertificationFinishedEvent(run);
    app.get(EventEmitter2).emit(CertificationFinishedEvent.NAME, event);
    const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
    await fastify.inject({ method: 'GET', url: '/api/v2/certifications' });
    await app.close();
    const { rows } = await catalogue.database.query(
      `SELECT "metricType", value FROM system_metrics WHERE "deploymentId" = $1 ORDER BY 1`,
      [UNKNOWN],
    );
    expect(rows).toEqual([
      { metricType: 'certification', value: 0 },
      { metricType: 'cost', value: 0.5 },
      { metricType: 'error_rate', value: 1 },
    ]);
    const { rows: http } = await catalogue.database.query(
      `SELECT "metricType", "deploymentId", metadata - 'requests' AS metadata,
              metadata->>'requests' AS requests
         FROM system_metrics WHERE metadata->>'route' = '/api/v2/certifications' ORDER BY 1`,
    );
    const metadata = { method: 'GET', route: '/api/v2/certifications' };
    const point = { deploymentId: null, metadata, requests: '1' };
    expect(http).toEqual([
      { metricType: 'http_error_rate', ...point },
      { metricType: 'http_latency', ...point },
    ]);
  });
});

describe('a series', () => {
  const range = 'from=2026-01-01T00:30:00Z&to=2026-01-01T12:00:00Z';
  let ours: Deployed;
  let other: Deployed;

  beforeAll(async () => {
    ours = await deploy(catalogue, simulator, 'series-1');
    other = await deploy(catalogue, simulator, 'series-2');
    const hundred = Array.from({ length: 100 }, (_, index): [string, number] => [
      `2026-01-01T03:${String(59 - (index % 60)).padStart(2, '0')}:00Z`,
      index + 1,
    ]);
    await insert(ours.id, 'latency', [
      ['2026-01-01T00:29:59.999Z', 5000], // too early
      ['2026-01-01T00:30:00Z', 10],
      ['2026-01-01T00:59:59.999Z', 20],
      ...hundred,
      ['2026-01-01T11:59:59.999Z', 7],
      ['2026-01-01T12:00:00Z', 6000], // too late
    ]);
    await insert(ours.id, 'cost', [['2026-01-01T01:00:00Z', 0.5]]);
    await insert(other.id, 'latency', [['2026-01-01T04:00:00Z', 40]]);
  });

  it('has its buckets in order, without empty ones', async () => {
    const path = `/api/v2/metrics/${ours.id}?metricType=latency&bucket=1h&${range}`;
    const { body } = await catalogue.call('GET', path);
    expect(body).toMatchObject({
      from: '2026-01-01T00:30:00.000Z',
      to: '2026-01-01T12:00:00.000Z',
      bucket: '1h',
    });
    const [series] = body.series as Series[];
    expect(series?.points).toEqual([
      {
        ...{ at: '2026-01-01T00:00:00.000Z', count: 2, mean: 15, min: 10, max: 20, sum: 30 },
        ...{ rate: 2 / 1800, p50: 15, p95: 19.5, p99: expect.closeTo(19.9, 10) as number },
      },
      {
        ...{ at: '2026-01-01T03:00:00.000Z', count: 100, mean: 50.5, min: 1, max: 100, sum: 5050 },
        ...{ rate: 100 / 3600, p50: about(50.5), p95: about(95.05), p99: about(99.01) },
      },
      {
        ...{ at: '2026-01-01T11:00:00.000Z', count: 1, mean: 7, min: 7, max: 7, sum: 7 },
        ...{ rate: 1 / 3600, p50: 7, p95: 7, p99: 7 },
      },
    ]);
    expect(series?.last).toEqual({ value: 7, at: '2026-01-01T11:59:59.999Z' });
    // Of 7, 10, 20 and 1 to 100: the 95th percentile is the 97.9th of 103.
    expect(series?.total).toEqual({
      ...{ count: 103, sum: 5087, mean: expect.closeTo(5087 / 103, 10) as number },
      ...{ rate: 103 / 41_400, p50: about(49), p95: about(94.9), p99: about(98.98) },
    });
  });

  it.each([
    ['5m', 15],
    ['1h', 3],
    ['1d', 1],
  ])('has buckets of %s', async (bucket, count) => {
    const path = `/api/v2/metrics/${ours.id}?metricType=latency&bucket=${bucket}&${range}`;
    const [series] = await seriesOf(path);
    expect(series?.points).toHaveLength(count);
    expect(series?.total.count).toBe(103);
  });

  it('has every type when none is asked for', async () => {
    const series = await seriesOf(`/api/v2/metrics?${range}`);
    expect(series.map(({ metricType, total }) => [metricType, total.count])).toEqual([
      ['latency', 104],
      ['error_rate', 0],
      ['throttled', 0],
      ['usage', 0],
      ['certification', 0],
      ['cost', 1],
      ['http_latency', 0],
      ['http_error_rate', 0],
    ]);
  });

  it('is that of the deployments asked for', async () => {
    const counts = async (filter: string) => {
      const [series] = await seriesOf(`/api/v2/metrics?metricType=latency&${range}&${filter}`);
      return series?.total.count;
    };
    expect(await counts(`deploymentId=${other.id}`)).toBe(1);
    expect(await counts(`deploymentId=${UNKNOWN}`)).toBe(0);
    expect(await counts(`providerId=${other.providerId}`)).toBe(1);
    expect(await counts(`providerId=${ours.providerId}`)).toBe(103);
    expect(await counts(`baseModelId=${other.baseModelId}`)).toBe(1);
    expect(await counts(`providerId=${ours.providerId}&baseModelId=${other.baseModelId}`)).toBe(0);
  });

  it('is that of the last 24 hours by default', async () => {
    const hour = 3_600_000;
    const ago = (hours: number) => new Date(Date.now() - hours * hour).toISOString();
    await insert(ours.id, 'usage', [
      [ago(25), 1],
      [ago(23), 2],
    ]);
    const [series] = await seriesOf(`/api/v2/metrics/${ours.id}?metricType=usage`);
    expect(series).toMatchObject({ total: { count: 1, sum: 2 }, points: [{ sum: 2 }] });
  });

  it.each(['1h', '1d'])('is empty at both ends of time, by %s', async (bucket) => {
    for (const ends of ['to=1000-01-01', 'from=9999-12-31&to=9999-12-31T23:59:59Z']) {
      const query = `metricType=usage&bucket=${bucket}&${ends}`;
      const [series] = await seriesOf(`/api/v2/metrics/${ours.id}?${query}`);
      expect(series).toMatchObject({ total: { count: 0 }, points: [] });
    }
  });

  it.each([
    ['metricType=speed', '/metricType'],
    ['bucket=2h', '/bucket'],
    ['deploymentId=x', '/deploymentId'],
    ['from=2026-W01-1', '/from'],
    ['from=2026-01-02&to=2026-01-01', '/from'],
    ['from=2024-01-01&to=2026-01-01&bucket=1d', '/from'],
    ['from=2026-01-01&to=2026-03-01&bucket=5m', '/from'],
    ['region=US', '/region'],
    ['region=us--east', '/region'],
  ])('is refused for %s', async (query, pointer) => {
    const { status, body } = await catalogue.call('GET', `/api/v2/metrics?${query}`);
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([{ pointer }]);
  });

  it.each([
    ['x', 400],
    [UNKNOWN, 404],
  ])('of the deployment %s is a %i', async (id, status) => {
    expect((await catalogue.call('GET', `/api/v2/metrics/${id}`)).status).toBe(status);
  });

  it('is for those with a key, and has its ETag', async () => {
    const path = `/api/v2/metrics/${ours.id}?${range}`;
    expect((await catalogue.call('GET', path, undefined, '')).status).toBe(401);
    const { headers } = await catalogue.call('GET', path);
    expect(headers.get('etag')).toBe((await catalogue.call('GET', path)).headers.get('etag'));
  });
});
