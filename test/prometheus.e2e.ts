import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { SIMULATED, startSimulator, type Simulator } from '../src/embedded/simulator/simulator.js';
import { certify, deploy } from './support/certifying.js';
import { parseExposition, valueOf, type Sample } from './support/exposition.js';
import { setPaused } from './support/jobs.js';
import { MODEL, UNKNOWN } from './support/samples.js';
import { TestService } from './support/service.js';

const PATIENCE = { timeout: 20_000, interval: 100 };

let catalogue: TestService;
let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator();
  catalogue = await TestService.start();
});

afterAll(async () => {
  await catalogue.close();
  await simulator.stop();
});

async function scrape(service = catalogue): Promise<Sample[]> {
  const response = await fetch(`${service.url}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return parseExposition(await response.text());
}

/** Points in the database, of a deployment or all. */
async function storedPoints(deploymentId: string | null = null): Promise<number> {
  const { rowCount } = await catalogue.database.query(
    'SELECT FROM system_metrics WHERE $1::text IS NULL OR "deploymentId" = $1',
    [deploymentId],
  );
  return rowCount ?? 0;
}

describe('the metrics of the process', () => {
  it('count what the cache did', async () => {
    const id = await catalogue.create('/api/v2/models', { ...MODEL, name: 'Cached' });
    const requests = 'model_catalog_cache_requests_total';
    const invalidations = 'model_catalog_cache_invalidations_total';
    const read = () => catalogue.call('GET', `/api/v2/models/${id}`);
    await read();
    const before = await scrape();
    for (let times = 0; times < 5; times++) await read();
    const after = await scrape();
    const hits = valueOf(after, requests, 'result="hit"');
    expect(hits - valueOf(before, requests, 'result="hit"')).toBe(5);
    const misses = valueOf(after, requests, 'result="miss"');
    const all = hits + misses + valueOf(after, requests, 'result="shared"');
    expect(valueOf(after, 'model_catalog_cache_hit_ratio')).toBeCloseTo(hits / all, 10);
    await catalogue.call('PATCH', `/api/v2/models/${id}`, { description: 'Changed' });
    const written = await scrape();
    const here = valueOf(written, invalidations, 'origin="here"');
    expect(here).toBeGreaterThan(valueOf(after, invalidations, 'origin="here"'));
    await read();
    const again = valueOf(await scrape(), requests, 'result="miss"');
    expect(again).toBeGreaterThan(valueOf(written, requests, 'result="miss"'));
  });

  it('tell of the cache over the API too', async () => {
    const samples = await scrape();
    const { cache } = (await catalogue.call('GET', '/api/v2/metrics')).body;
    const { hits, misses, shared, hitRatio, ...invalidated } = cache as Record<string, number>;
    const requests = 'model_catalog_cache_requests_total';
    expect(hits).toBeGreaterThanOrEqual(valueOf(samples, requests, 'result="hit"'));
    expect(misses).toBeGreaterThanOrEqual(valueOf(samples, requests, 'result="miss"'));
    expect(shared).toBeGreaterThanOrEqual(valueOf(samples, requests, 'result="shared"'));
    expect(hitRatio).toBeCloseTo(Number(hits) / (Number(hits) + Number(misses) + Number(shared)));
    const invalidations = 'model_catalog_cache_invalidations_total';
    expect(invalidated).toEqual({
      invalidatedHere: valueOf(samples, invalidations, 'origin="here"'),
      invalidatedElsewhere: expect.any(Number) as number,
    });
  });

  it('count requests by route, and all unknown paths as one', async () => {
    const name = 'model_catalog_http_request_duration_seconds_count';
    await catalogue.call('GET', `/api/v2/models/${UNKNOWN}`);
    await catalogue.call('GET', '/a/path/nobody/serves');
    await catalogue.call('GET', '/api/v2/nothing?a=b');
    const requests = (await scrape()).filter((sample) => sample.name === name);
    const count = (route: string, status: string, method = 'GET') =>
      valueOf(requests, name, `method="${method}",route="${route}",status="${status}"`);
    expect(count('/api/v2/models/:id', '4xx')).toBe(1);
    expect(count('unmatched', '4xx')).toBe(2);
    expect(count('/api/v2/models', '2xx', 'POST')).toBe(1);
    expect(count('/metrics', '2xx')).toBeGreaterThan(1);
    expect(requests.filter(({ labels }) => /nobody|nothing|0000/.test(labels))).toEqual([]);
  });

  it('count runs and points, and describe the process', async () => {
    const { id } = await deploy(catalogue, simulator, SIMULATED.honest);
    await certify(catalogue, id);
    await expect.poll(() => storedPoints(id), PATIENCE).toBe(4);
    const points = 'model_catalog_metric_points_total';
    // Those of requests count, too, which are summed up and written meanwhile.
    const written = async () => valueOf(await scrape(), points, 'result="written"');
    await expect.poll(async () => (await written()) - (await storedPoints()), PATIENCE).toBe(0);
    const samples = await scrape();
    expect(valueOf(samples, points, 'result="dropped"')).toBe(0);
    const runs = 'model_catalog_certification_runs_total';
    expect(valueOf(samples, runs, 'status="CERTIFIED"')).toBe(1);
    expect(valueOf(samples, runs, 'status="COMPLETED"')).toBe(0);
    expect(valueOf(samples, 'process_resident_memory_bytes')).toBeGreaterThan(0);
    const duration = 'model_catalog_certification_run_duration_seconds';
    expect(valueOf(samples, `${duration}_count`, 'status="CERTIFIED"')).toBe(1);
    expect(valueOf(samples, 'model_catalog_certification_cost_usd_total')).toBeGreaterThan(0);
    const attempts = 'model_catalog_probe_attempts_total';
    expect(valueOf(samples, attempts, 'probe="basicChat",verdict="PASS"')).toBe(1);
    const calls = 'model_catalog_provider_calls_total';
    const invoked = 'adapter="openai",operation="invoke",outcome="OK"';
    expect(valueOf(samples, calls, invoked)).toBeGreaterThan(3);
    expect(valueOf(samples, calls, invoked.replace('invoke', 'stream'))).toBeGreaterThan(0);
  });

  it('tell how many runs wait, for what, and for how long', async () => {
    const runs = 'model_catalog_queue_runs';
    const age = 'model_catalog_queue_oldest_waiting_seconds';
    const states = ['waiting', 'waiting_for_slot', 'delayed', 'processing'];
    const before = await scrape();
    for (const state of states) expect(valueOf(before, runs, `state="${state}"`)).toBe(0);
    expect(valueOf(before, age)).toBe(0);
    await setPaused(catalogue, true);
    const { id } = await deploy(catalogue, simulator, 'waits');
    const { body } = await catalogue.call('POST', '/api/certification-queue', { deploymentId: id });
    await catalogue.database.query(
      `UPDATE certification_runs SET "createdAt" = now() - interval '1 hour'
        WHERE "deploymentId" = $1`,
      [id],
    );
    const waiting = await scrape();
    expect(valueOf(waiting, runs, 'state="waiting"')).toBe(1);
    expect(valueOf(waiting, age)).toBeCloseTo(3_600, -2);
    await catalogue.call('DELETE', `/api/certification-queue/batches/${String(body.batchId)}`);
    await setPaused(catalogue, false);
  });

  it('describe the pool of connections', async () => {
    const samples = await scrape();
    const connections = 'model_catalog_database_connections';
    const open = ['busy', 'idle'].map((state) => valueOf(samples, connections, `state="${state}"`));
    expect(Math.min(...open)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...open)).toBeGreaterThan(0);
    expect(valueOf(samples, `${connections}_limit`)).toBe(20);
    expect(valueOf(samples, 'model_catalog_database_waiting_requests')).toBe(0);
    expect(valueOf(samples, 'model_catalog_database_up')).toBe(1);
  });

  it('are open, and as documented', async () => {
    expect((await catalogue.call('GET', '/metrics', undefined, '')).status).toBe(200);
  });

  it('are served by a worker too, which serves no API', async () => {
    const worker = await TestService.start({ ROLE: 'worker' });
    const samples = await scrape(worker);
    expect(valueOf(samples, 'model_catalog_certification_runs_total', 'status="FAILED"')).toBe(0);
    expect((await fetch(`${worker.url}/api/v2/metrics`)).status).toBe(404);
    await worker.close();
  });
});
