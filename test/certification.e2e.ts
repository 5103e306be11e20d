import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { PROBES } from '../src/certification/probes/index.js';
import { SIMULATED, startSimulator, type Simulator } from '../src/embedded/simulator/simulator.js';
import type { components } from '../docs/api/openapi.js';
import { certificateOf, certify } from './support/certifying.js';
import { readJob, requestJob } from './support/jobs.js';
import { CAPABILITIES, MODEL, PRICES, UNKNOWN } from './support/samples.js';
import { ScriptedProvider } from './support/scripted-provider.js';
import { dataOf, TestService } from './support/service.js';

const SECRET = 'canary-secret-4711';

type Schemas = components['schemas'];

let catalogue: TestService;
let simulator: Simulator;
let providerId: string;
let baseModelId: string;

beforeAll(async () => {
  simulator = await startSimulator();
  catalogue = await TestService.start({ SIMULATOR_API_KEY: SECRET });
  providerId = await catalogue.create('/api/v2/providers', {
    ...{ name: 'Simulator', slug: 'simulator' },
    ...{ baseUrl: simulator.baseUrl, authType: 'api_key' },
  });
  baseModelId = await catalogue.create('/api/v2/models', MODEL);
});

afterAll(async () => {
  await catalogue.close();
  await simulator.stop();
});

function deploy(
  deploymentId: string,
  changes: Partial<Schemas['DeploymentInput']> = {},
): Promise<string> {
  const body = { baseModelId, providerId, deploymentId, ...PRICES, ...changes };
  return catalogue.create('/api/v2/deployments', body);
}

function read(deploymentId: string): Promise<Schemas['DeploymentDto']> {
  const params = { path: { id: deploymentId } };
  return dataOf(catalogue.api.GET('/api/v2/deployments/{id}', { params }));
}

describe('certification', () => {
  it('certifies a deployment that does what it claims', async () => {
    const id = await deploy(SIMULATED.honest);
    expect(await certify(catalogue, id)).toMatchObject({
      status: 'CERTIFIED',
      probesDone: PROBES.length,
      probesTotal: PROBES.length,
    });
    const certificate = await certificateOf(catalogue, id);
    expect(certificate).toMatchObject({
      status: 'CERTIFIED',
      lastVerdict: 'CERTIFIED',
      passed: true,
      badge: 'PREMIUM',
      testsPassed: 6,
      testsFailed: 0,
      successRate: 1,
      region: 'global',
      expired: false,
    });
    expect(certificate.rating).toBeGreaterThanOrEqual(4.8);
    expect(certificate.avgLatencyMs).toBeGreaterThan(0);
    const lifetime =
      Date.parse(String(certificate.expiresAt)) - Date.parse(String(certificate.certifiedAt));
    expect(lifetime).toBe(7 * 24 * 3_600_000);
    const deployment = await read(id);
    expect(deployment.capabilitiesSource).toBe('auto_test');
    expect(deployment.capabilitiesVerifiedAt).not.toBeNull();
  });

  it('keeps the evidence of every attempt, and no secret in it', async () => {
    const { api } = catalogue;
    const certified = { params: { query: { status: 'CERTIFIED' as const } } };
    const [certificate] = (await dataOf(api.GET('/api/v2/certifications', certified))).data;
    const params = { path: { id: String(certificate?.id) } };
    const runs = await dataOf(api.GET('/api/v2/certifications/{id}/runs', { params }));
    const [run] = runs.data;
    expect(run).toMatchObject({
      ...{ discover: false, testsPassed: 6, testsFailed: 0, successRate: 1, formulaVersion: '1' },
      ...{ scores: { correctness: 1 }, metrics: { meanMs: expect.any(Number) } },
      ...{ observedQuirks: [], failureReasons: [], errorSeverity: null },
    });
    const names = run?.attempts.map(({ probe }) => probe);
    expect(names).toEqual(PROBES.map(({ name }) => name));
    const call = run?.attempts.find(({ probe }) => probe === 'functionCalling');
    expect(call?.evidence).toMatchObject([
      { label: 'call', answered: true, stopReason: 'tool_calls', tools: ['record_measurement'] },
      { label: 'result', answered: true, stopReason: 'stop' },
    ]);
    expect(JSON.stringify(runs)).not.toContain(SECRET);
  });

  it('refuses one that claims functionCalling and answers prose, with the reason', async () => {
    const id = await deploy(SIMULATED.lying);
    expect(await certify(catalogue, id)).toMatchObject({ status: 'FAILED', rating: 2.9 });
    const certificate = await certificateOf(catalogue, id);
    expect(certificate).toMatchObject({ lastVerdict: 'FAILED', passed: false, certifiedAt: null });
    expect(certificate.failureReasons).toMatchObject([
      { probe: 'functionCalling', verdict: 'FAIL_BEHAVIOUR', reason: 'NO_TOOL_CALL' },
    ]);
  });

  it('does not hold throttling against the deployment', async () => {
    const id = await deploy(SIMULATED.throttling);
    const jobId = await requestJob(catalogue, id, { profile: 'standard' });
    const run = () => readJob(catalogue, jobId);
    // It waits for a minute before it tries again.
    await expect.poll(async () => (await run()).nextAttemptAt, { timeout: 15_000 }).not.toBeNull();
    expect(await run()).toMatchObject({
      ...{ status: 'QUEUED', rating: null, errorCategory: 'RATE_LIMIT', completedAt: null },
    });
    const certificate = await certificateOf(catalogue, id);
    expect(certificate).toMatchObject({ status: 'QUEUED', lastVerdict: null, passed: null });
    expect(certificate).toMatchObject({ testsPassed: 0, testsFailed: 0, successRate: null });
    expect((await read(id)).capabilitiesVerifiedAt).toBeNull();
  });

  it('skips what is not claimed', async () => {
    const modest = { ...CAPABILITIES, functionCalling: false };
    const model = { ...MODEL, name: 'Modest', capabilities: modest };
    const other = await catalogue.create('/api/v2/models', model);
    const { api } = catalogue;
    const { data } = await dataOf(api.GET('/api/v2/deployments'));
    const lying = data.find(({ deploymentId }) => deploymentId === SIMULATED.lying);
    const params = { path: { id: String(lying?.id) } };
    const body = { baseModelId: other, providerId, deploymentId: SIMULATED.lying, ...PRICES };
    await dataOf(api.PUT('/api/v2/deployments/{id}', { params, body }));
    expect(await certify(catalogue, String(lying?.id))).toMatchObject({ status: 'CERTIFIED' });
  });

  it('makes one run of simultaneous requests', async () => {
    const silent = await ScriptedProvider.start({ silent: true }); // keeps the run under way
    const provider = { name: 'Silent', slug: 'silent', baseUrl: silent.url };
    const silentId = await catalogue.create('/api/v2/providers', provider);
    const id = await deploy('silent-1', { providerId: silentId });
    const body = { deploymentId: id };
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => catalogue.api.POST('/api/certification-queue', { body })),
    );
    expect(answers.map(({ response }) => response.status)).toEqual(Array(50).fill(202));
    const runs = answers.flatMap(({ data }) => data?.certifications ?? []);
    expect(new Set(runs.map(({ runId }) => runId)).size).toBe(1);
    expect(runs.filter(({ joined }) => !joined)).toHaveLength(1);
    const removed = await catalogue.api.DELETE('/api/v2/deployments/{id}', {
      params: { path: { id } },
    });
    expect(removed.response.status).toBe(204);
    await silent.close();
  });

  it('fails a run whose credentials are missing, and names the variable', async () => {
    const keyless = await catalogue.create('/api/v2/providers', {
      ...{ name: 'Keyless', slug: 'keyless' },
      ...{ baseUrl: simulator.baseUrl, authType: 'api_key' },
    });
    const id = await deploy(SIMULATED.honest, { providerId: keyless });
    const run = await certify(catalogue, id);
    expect(run).toMatchObject({ status: 'FAILED', errorCategory: 'AUTHENTICATION_ERROR' });
    expect(run.errorMessage).toContain('KEYLESS_API_KEY');
  });

  it('takes up a run whose worker died, without repeating what is settled', async () => {
    const id = await deploy('sim-honest-1-orphan');
    const { rows } = await catalogue.database.query<{ id: string }>(
      `WITH certificate AS (
         INSERT INTO model_certifications (id, "deploymentId", region, status, "updatedAt")
         VALUES (gen_random_uuid(), $1, 'global', 'PROCESSING', now()) RETURNING id)
       INSERT INTO certification_runs (id, "certificationId", "deploymentId", region, status,
                                       "suiteVersion", fence, "leaseUntil", "updatedAt")
       SELECT gen_random_uuid(), id, $1, 'global', 'PROCESSING', '0', 1, now() - interval '1 minute', now()
         FROM certificate RETURNING id`,
      [id],
    );
    await catalogue.database.query(
      `INSERT INTO certification_probe_results (id, "runId", probe, attempt, verdict, evidence, "startedAt", "completedAt")
       VALUES (gen_random_uuid(), $1, 'basicChat', 1, 'PASS', '[]', now(), now())`,
      [rows[0]?.id],
    );
    const state = async () => {
      const { rows: states } = await catalogue.database.query(
        `SELECT "completedAt" IS NOT NULL AS done, fence FROM certification_runs WHERE id = $1`,
        [rows[0]?.id],
      );
      return states[0];
    };
    await expect.poll(state, { timeout: 20_000, interval: 100 }).toEqual({ done: true, fence: 2 });
    const { rows: chats } = await catalogue.database.query(
      `SELECT 1 FROM certification_probe_results WHERE "runId" = $1 AND probe = 'basicChat'`,
      [rows[0]?.id],
    );
    expect(chats).toHaveLength(1);
  });

  it.each([
    [{ deploymentId: 'x' }, 400, '/deploymentId'],
    [{ deploymentId: UNKNOWN }, 404, 'no deployment'],
    [{ deploymentId: UNKNOWN, regions: [] }, 400, '/regions'],
    [{ deploymentId: UNKNOWN, regions: ['US EAST'] }, 400, '/regions'],
    [{}, 400, '/deploymentId'],
  ])('refuses %j', async (body, status, word) => {
    const answer = await catalogue.call('POST', '/api/certification-queue', body);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).toContain(word);
  });
});
