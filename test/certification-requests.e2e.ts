import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { PROBES } from '../src/certification/probes/index.js';
import { SIMULATED, startSimulator, type Simulator } from '../src/embedded/simulator/simulator.js';
import type { components } from '../docs/api/openapi.js';
import { accessTokenOf, PASSWORD } from './support/accounts.js';
import { certify, endedRuns } from './support/certifying.js';
import { waitForLocks } from './support/overtaken.js';
import { Rows } from './support/rows.js';
import { CAPABILITIES, UNKNOWN } from './support/samples.js';
import { ScriptedProvider } from './support/scripted-provider.js';
import { dataOf, SEALING, TestService, type Answer } from './support/service.js';

type Accepted = components['schemas']['AcceptedDto'];

let catalogue: TestService;
let rows: Rows;
let simulator: Simulator;
let silent: ScriptedProvider;

beforeAll(async () => {
  simulator = await startSimulator();
  silent = await ScriptedProvider.start({ silent: true }); // keeps runs under way
  catalogue = await TestService.start(SEALING);
  rows = new Rows(catalogue);
});

afterAll(async () => {
  await catalogue.close();
  await silent.close();
  await simulator.stop();
});

const waiting = (fields: object = {}) => rows.deployedAt(silent.url, 'silent', fields);

function post(body: object, headers: Record<string, string> = {}): Promise<Answer> {
  return catalogue.call('POST', '/api/certification-queue', body, undefined, headers);
}

async function accepted(body: object, headers?: Record<string, string>): Promise<Accepted> {
  const answer = await post(body, headers);
  expect(answer.status, answer.text).toBe(202);
  return JSON.parse(answer.text);
}

async function batch(id: string): Promise<components['schemas']['BatchDto']> {
  const params = { path: { id } };
  return dataOf(catalogue.api.GET('/api/certification-queue/batches/{id}', { params }));
}

describe('A request for certification', () => {
  it('of several deployments starts a run for each, where it is offered', async () => {
    const everywhere = await waiting({ regions: ['us-east-1', 'eu-west-1'] });
    const there = await waiting({ regions: ['eu-west-1'] });
    const nowhere = await waiting({ regions: ['sa-east-1'] });
    const deploymentIds = [everywhere, there, nowhere];
    const { batchId, certifications } = await accepted({ deploymentIds, regions: ['eu-west-1'] });
    expect(certifications.map(({ deploymentId, region }) => [deploymentId, region])).toEqual([
      [everywhere, 'eu-west-1'],
      [there, 'eu-west-1'],
    ]);
    expect(await batch(batchId)).toMatchObject({ finished: false, runs: [{}, {}] });
    const { counts } = await batch(batchId);
    expect(counts.PENDING + counts.QUEUED + counts.PROCESSING).toBe(2);
  });

  it('carries its profile, budget and priority into the run', async () => {
    const deploymentId = await waiting();
    const wishes = { profile: 'deep', maxCostUsd: 0.5, priority: 'low' };
    const { batchId } = await accepted({ deploymentId, ...wishes });
    const { runs } = await batch(batchId);
    expect(runs).toMatchObject([{ ...wishes, origin: 'request', probesTotal: PROBES.length }]);
  });

  it('is answered by a certificate that still stands, and runs again by force or when stale', async () => {
    const deploymentId = await rows.deployedAt(simulator.baseUrl, SIMULATED.honest);
    const { id: runId, status } = await certify(catalogue, deploymentId);
    expect(status).toBe('CERTIFIED');

    const again = await accepted({ deploymentId });
    expect(again.certifications).toMatchObject([
      { runId, cached: true, joined: false, status: 'CERTIFIED', jobId: null },
    ]);
    // It cost nothing: the run was another request's.
    expect(await batch(again.batchId)).toMatchObject({ finished: true, progress: 1, costUsd: 0 });
    const shallow = await accepted({ deploymentId, profile: 'smoke' });
    expect(shallow.certifications).toMatchObject([{ runId, cached: true }]);

    const forced = await accepted({ deploymentId, force: true, profile: 'smoke' });
    expect(forced.certifications).toMatchObject([{ cached: false, joined: false }]);
    await endedRuns(catalogue, forced.batchId);
    // A shallow look took nothing from the certificate.
    const kept = await accepted({ deploymentId });
    expect(kept.certifications).toMatchObject([{ runId, cached: true }]);
    const deeper = await accepted({ deploymentId, profile: 'deep' });
    expect(deeper.certifications).toMatchObject([{ cached: false, joined: false }]);
    await endedRuns(catalogue, deeper.batchId);

    const { baseModelId } = await rows.read<{ baseModelId: string }>(
      `/api/v2/deployments/${deploymentId}`,
    );
    const capabilities = { ...CAPABILITIES, multiTurn: true };
    await rows.patch(`/api/v2/models/${baseModelId}`, { capabilities });
    const stale = await accepted({ deploymentId });
    expect(stale.certifications).toMatchObject([{ cached: false, joined: false }]);
  });

  it('makes one run of two hundred simultaneous requests', async () => {
    const deploymentId = await waiting();
    const all = await Promise.all(Array.from({ length: 200 }, () => accepted({ deploymentId })));
    const runs = all.flatMap(({ certifications }) => certifications);
    expect(new Set(runs.map(({ runId }) => runId)).size).toBe(1);
    expect(runs.filter(({ joined }) => !joined)).toHaveLength(1);
  }, 120_000);

  it('makes one run each of overlapping requests for many', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 12; index += 1) ids.push(await waiting());
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, index) => {
        const some = ids.slice(index % 6);
        return accepted({ deploymentIds: index % 2 === 0 ? some : some.toReversed() });
      }),
    );
    const runs = all.flatMap(({ certifications }) => certifications);
    expect(new Set(runs.map(({ runId }) => runId)).size).toBe(ids.length);
    expect(runs.filter(({ joined }) => !joined)).toHaveLength(ids.length);
  });

  it('of all leaves out what is not active', async () => {
    const idle = await waiting({ isActive: false });
    const active = await waiting();
    const { certifications } = await accepted({ all: true });
    const ids = certifications.map(({ deploymentId }) => deploymentId);
    expect(ids).toContain(active);
    expect(ids).not.toContain(idle);
  });

  it('with an Idempotency-Key is answered as it was before', async () => {
    const deploymentId = await waiting();
    const headers = { 'idempotency-key': 'pipeline-17' };
    const all = await Promise.all(
      Array.from({ length: 50 }, () => accepted({ deploymentId }, headers)),
    );
    for (const answer of all) expect(answer).toEqual(all[0]);
    const later = await accepted({ deploymentId }, headers);
    expect(later).toEqual(all[0]);
    const other = await post({ deploymentId, profile: 'deep' }, headers);
    expect(other.status).toBe(422);
    await catalogue.database.query(
      `UPDATE idempotency_keys SET "createdAt" = now() - interval '25 hours'`,
    );
    const tomorrow = await accepted({ deploymentId }, headers);
    expect(tomorrow.batchId).not.toBe(later.batchId);
  });

  it('with an Idempotency-Key is its user’s, under whichever email address', async () => {
    const deploymentId = await waiting();
    const addUser = (email: string) =>
      catalogue.call('POST', '/api/v2/users', { email, password: PASSWORD, role: 'operator' });
    const batchOf = async (email: string): Promise<unknown> => {
      const path = '/api/certification-queue';
      const headers = { 'idempotency-key': 'nightly' };
      const token = await accessTokenOf(catalogue, email);
      return (await catalogue.call('POST', path, { deploymentId }, token, headers)).body.batchId;
    };
    const { body: ann } = await addUser('ann@example.com');
    const first = await batchOf('ann@example.com');
    expect(first).toEqual(expect.any(String));
    await rows.patch(`/api/v2/users/${String(ann.id)}`, { email: 'ann.lee@example.com' });
    expect(await batchOf('ann.lee@example.com')).toBe(first);
    await addUser('ann@example.com');
    expect(await batchOf('ann@example.com')).not.toBe(first);
  });

  it('with an Idempotency-Key waits for none that was forgotten and is taken again', async () => {
    const { database } = catalogue;
    await accepted({ deploymentId: await waiting() }, { 'idempotency-key': 'forgotten' });
    const taken = `UPDATE idempotency_keys SET "createdAt" = now() - interval '25 hours'
                    WHERE key = 'forgotten'`;
    await database.query(taken);
    const holder = await database.connect();
    await holder.query('BEGIN');
    await holder.query(taken);
    try {
      await accepted({ deploymentId: await waiting() }, { 'idempotency-key': 'new' });
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
  });

  it('that fails keeps no answer for its key', async () => {
    const headers = { 'idempotency-key': 'fails-first' };
    const deploymentId = await waiting({ isActive: false });
    expect((await post({ deploymentId }, headers)).status).toBe(409);
    await rows.patch(`/api/v2/deployments/${deploymentId}`, { isActive: true });
    await accepted({ deploymentId }, headers);
  });

  it('is accepted though nobody can note that the queue took its runs', async () => {
    const deploymentId = await waiting();
    await failing('certification_runs', `OLD."deploymentId" = '${deploymentId}'`, async () => {
      const { certifications } = await accepted({ deploymentId });
      expect(certifications).toMatchObject([{ deploymentId, status: 'PENDING', joined: false }]);
    });
    expect(await batchesOf(deploymentId)).toBe(1);
  });

  it('leaves nothing behind when its answer cannot be kept', async () => {
    const deploymentId = await waiting();
    const headers = { 'idempotency-key': 'kept-at-last' };
    await failing('idempotency_keys', `OLD.key = 'kept-at-last'`, async () => {
      expect((await post({ deploymentId }, headers)).status).toBe(503);
    });
    expect(await batchesOf(deploymentId)).toBe(0);
    const first = await accepted({ deploymentId }, headers);
    expect(await accepted({ deploymentId }, headers)).toEqual(first);
    expect(await batchesOf(deploymentId)).toBe(1);
  });

  it('that took so long that another one took its key starts nothing any more', async () => {
    const deploymentId = await waiting();
    const headers = { 'idempotency-key': 'overtaken' };
    const { database } = catalogue;
    const holder = await database.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM model_deployments WHERE id = $1 FOR UPDATE', [deploymentId]);
    const answer = post({ deploymentId }, headers);
    await expect.poll(() => waitForLocks(database)).toBeGreaterThan(0);
    await database.query(
      `UPDATE idempotency_keys SET "createdAt" = now() + interval '1 s' WHERE key = 'overtaken'`,
    );
    await holder.query('COMMIT');
    holder.release();
    const late = await answer;
    expect(late.status, late.text).toBe(409);
    expect(await batchesOf(deploymentId)).toBe(0);
    const { rowCount } = await database.query(
      `SELECT FROM idempotency_keys WHERE key = 'overtaken'`,
    );
    expect(rowCount).toBe(1);
  });

  it.each<[object, number, string]>([
    [{ deploymentId: UNKNOWN, all: true }, 400, '/deploymentId'],
    [{ deploymentIds: [UNKNOWN], all: true }, 400, '/all'],
    [{ all: false }, 400, '/all'],
    [{ deploymentIds: [] }, 400, '/deploymentIds'],
    [{ deploymentIds: ['x'] }, 400, '/deploymentIds'],
    [{ deploymentIds: [UNKNOWN, UNKNOWN] }, 400, '/deploymentIds'],
    [{ deploymentIds: [UNKNOWN] }, 404, UNKNOWN],
    [{ all: true, profile: 'thorough' }, 400, '/profile'],
    [{ all: true, maxCostUsd: 0 }, 400, '/maxCostUsd'],
    [{ all: true, priority: 1 }, 400, '/priority'],
    [{ all: true, regions: ['mars-east-1'] }, 409, 'regions'],
  ])('%j is refused', async (body, status, word) => {
    const answer = await post(body);
    expect(answer.status, answer.text).toBe(status);
    expect(answer.text).toContain(word);
  });

  it('with a key that is none is refused', async () => {
    const answer = await post({ all: true }, { 'idempotency-key': 'two words' });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('/Idempotency-Key');
  });
});

async function batchesOf(deploymentId: string): Promise<number> {
  const { rowCount } = await catalogue.database.query(
    `SELECT FROM certification_batch_runs b JOIN certification_runs r ON r.id = b."runId"
      WHERE r."deploymentId" = $1`,
    [deploymentId],
  );
  return rowCount ?? 0;
}

/** Does the work while no row of the table for which the condition holds can be changed. */
async function failing(table: string, condition: string, work: () => Promise<void>): Promise<void> {
  const { database } = catalogue;
  await database.query(
    `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
         AS $$ BEGIN RAISE EXCEPTION USING errcode = '53000'; END $$;
     CREATE TRIGGER refuse BEFORE UPDATE ON ${table}
        FOR EACH ROW WHEN (${condition}) EXECUTE FUNCTION refuse()`,
  );
  await work().finally(() => database.query('DROP FUNCTION refuse CASCADE'));
}
