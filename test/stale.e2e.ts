import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { SUITE_MAJOR } from '../src/certification/validation/suite.js';
import { certificateOf } from './support/certifying.js';
import { ChildService } from './support/child-service.js';
import { jobBecomes, requestJob, setPaused } from './support/jobs.js';
import { overtaken, waitForLocks } from './support/overtaken.js';
import { plainAnswer } from './support/plain-model.js';
import { Rows } from './support/rows.js';
import { CAPABILITIES } from './support/samples.js';
import { ScriptedProvider } from './support/scripted-provider.js';
import { dataOf, TestService } from './support/service.js';

let catalogue: TestService;
let rows: Rows;
let modelId: string;
let providerId: string;
let deploymentId: string;
let count = 0;

beforeAll(async () => {
  catalogue = await TestService.start();
  rows = new Rows(catalogue);
});

afterAll(() => catalogue.close());

/** A certified deployment. */
beforeEach(async () => {
  count += 1;
  modelId = await rows.model(`Model ${count}`);
  providerId = await rows.provider(`provider-${count}`, { baseUrl: 'https://models.example/v1' });
  deploymentId = await rows.deployment(modelId, providerId, `d-${count}`);
  await rows.certificate(deploymentId);
});

const certificate = () => certificateOf(catalogue, deploymentId);

async function countsAsCertified(): Promise<boolean> {
  const params = { query: { baseModelId: modelId, certified: true } };
  const { data } = await dataOf(catalogue.api.GET('/api/v2/deployments', { params }));
  return data.length > 0;
}

describe('A certificate', () => {
  it.each<[string, () => Promise<void>]>([
    [
      'the id at the provider',
      () => rows.patch(`/api/v2/deployments/${deploymentId}`, { deploymentId: `new-${count}` }),
    ],
    [
      'the declared capabilities',
      () =>
        rows.patch(`/api/v2/models/${modelId}`, {
          capabilities: { ...CAPABILITIES, vision: true },
        }),
    ],
    [
      "the provider's address",
      () => rows.patch(`/api/v2/providers/${providerId}`, { baseUrl: 'https://other.example/v1' }),
    ],
    [
      "the provider's slug",
      () => rows.patch(`/api/v2/providers/${providerId}`, { slug: `anthropic-${count}` }),
    ],
    [
      'the way to prove who calls',
      () => rows.patch(`/api/v2/providers/${providerId}`, { authType: 'api_key' }),
    ],
    [
      'the inference type',
      () =>
        rows.patch(`/api/v2/deployments/${deploymentId}`, {
          inferenceType: 'PROVISIONED',
          deploymentId: `arn:aws:bedrock:us-east-1:123456789012:provisioned-model/a${count}`,
          costPerHour: 20,
          confirmPriceJump: true,
        }),
    ],
  ])('is stale at once when %s changes', async (_, change) => {
    expect(await certificate()).toMatchObject({ expired: false, staleSince: null });
    expect(await countsAsCertified()).toBe(true);
    await change();
    const { expired, staleSince, staleReason, lastVerdict, updatedAt } = await certificate();
    expect(updatedAt).toBe(staleSince);
    expect({ expired, lastVerdict }).toEqual({ expired: true, lastVerdict: 'CERTIFIED' });
    expect(staleReason).toMatch(/^(deployment|model|provider)_changed$/);
    expect(Date.parse(String(staleSince))).toBeGreaterThan(Date.now() - 60_000);
    expect(await countsAsCertified()).toBe(false);
  });

  it.each<[string, () => Promise<void>]>([
    ['a price', () => rows.patch(`/api/v2/deployments/${deploymentId}`, { costPer1MInput: 4 })],
    ['a name', () => rows.patch(`/api/v2/providers/${providerId}`, { name: 'Renamed' })],
    ['a description', () => rows.patch(`/api/v2/models/${modelId}`, { description: 'More.' })],
  ])('stands when %s changes', async (_, change) => {
    await change();
    expect(await certificate()).toMatchObject({ expired: false, staleSince: null });
    expect(await countsAsCertified()).toBe(true);
  });

  it('is found by what it refutes', async () => {
    await catalogue.database.query(
      `UPDATE model_certifications SET refuted = '{vision,streaming}' WHERE "deploymentId" = $1`,
      [deploymentId],
    );
    const found = async (refuted: 'vision' | 'toolChoice') => {
      const params = { query: { refuted } };
      const { data } = await dataOf(catalogue.api.GET('/api/v2/certifications', { params }));
      return data.map((one) => one.deploymentId);
    };
    expect(await found('vision')).toEqual([deploymentId]);
    expect(await found('toolChoice')).toEqual([]);
    const bad = await catalogue.call('GET', '/api/v2/certifications?refuted=magic');
    expect(bad.status).toBe(400);
    expect(JSON.stringify(bad.body)).toContain('/refuted');
  });
});

describe('Certificates of one provider', () => {
  it('are locked in the order in which everybody locks several', async () => {
    // The one that comes first in the table comes last in the order.
    const others = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) => rows.deployment(modelId, providerId, name)),
    );
    const ids = others.toSorted((a, b) => (a > b ? -1 : 1));
    for (const id of ids) await rows.certificate(id);
    await catalogue.database.query(`DELETE FROM model_certifications WHERE "deploymentId" = $1`, [
      deploymentId,
    ]);
    const lock = `SELECT id FROM model_certifications WHERE "deploymentId" = $1 FOR NO KEY UPDATE`;
    const first = await catalogue.database.connect();
    await first.query('BEGIN');
    await first.query(lock, [ids.at(-1)]);
    const patched = rows.patch(`/api/v2/providers/${providerId}`, { authType: 'oauth' });
    const waiting = () => waitForLocks(catalogue.database, '%UPDATE%providers%');
    await expect.poll(waiting, { timeout: 10_000 }).toBe(1);
    // It waits for the first of them and holds none of the others.
    await catalogue.database.query(`${lock} NOWAIT`, [ids[0]]);
    await first.query('COMMIT');
    first.release();
    await patched;
    const { rows: found } = await catalogue.database.query(
      `SELECT "staleReason" FROM model_certifications WHERE "deploymentId" = ANY($1)`,
      [ids],
    );
    expect(found).toEqual(ids.map(() => ({ staleReason: 'provider_changed' })));
  });
});

describe('A verdict on what changes while it is written', () => {
  const vision = { capabilities: { ...CAPABILITIES, vision: true } };
  let provider: ScriptedProvider;
  let openId: string;

  beforeEach(async () => {
    provider = await ScriptedProvider.start((request) => plainAnswer(request));
    const hostId = await rows.provider(`host-${count}`, { baseUrl: provider.url });
    openId = await rows.deployment(modelId, hostId, `open-${count}`);
  });

  afterEach(() => provider.close());

  it.each([
    ['deployment', `UPDATE model_deployments SET "deploymentId" = 'other' WHERE id = $1`],
    [
      'model',
      `UPDATE base_models SET capabilities = jsonb_set(capabilities, '{vision}', 'true')
        WHERE id = (SELECT "baseModelId" FROM model_deployments WHERE id = $1)`,
    ],
    [
      'provider',
      `UPDATE providers SET "baseUrl" = 'https://other.example/v1'
        WHERE id = (SELECT "providerId" FROM model_deployments WHERE id = $1)`,
    ],
  ])('is stale from the start: a %s', async (_, change) => {
    const lock = `SELECT FROM model_deployments WHERE id = $1 FOR NO KEY UPDATE`;
    await setPaused(catalogue, true);
    const jobId = await requestJob(catalogue, openId);
    const holder = await catalogue.database.connect();
    await holder.query('BEGIN');
    await holder.query(lock, [openId]);
    await setPaused(catalogue, false);
    await expect.poll(() => waitForLocks(catalogue.database), { timeout: 20_000 }).toBe(1);
    await holder.query(change, [openId]);
    await holder.query('COMMIT');
    holder.release();
    await jobBecomes(catalogue, jobId, { status: 'QUALITY_WARNING' });
    expect(await certificateOf(catalogue, openId)).toMatchObject({
      ...{ lastVerdict: 'QUALITY_WARNING', expired: true, staleReason: 'changed_during_run' },
    });
  });

  it('is found by the change that waits for it', async () => {
    await rows.certificate(openId, { verdict: null });
    const judge = `UPDATE model_certifications
                      SET "lastVerdict" = 'CERTIFIED', "expiresAt" = now() + interval '1 day'
                    WHERE "deploymentId" = $1`;
    await overtaken(catalogue.database, [judge, [openId]], () =>
      rows.patch(`/api/v2/models/${modelId}`, vision),
    );
    expect(await certificateOf(catalogue, openId)).toMatchObject({
      ...{ lastVerdict: 'CERTIFIED', expired: true, staleReason: 'model_changed' },
    });
  });
});

describe('A new major version of the suite', () => {
  it('makes the certificates of older ones stale as a worker starts', async () => {
    const versions = [
      `${SUITE_MAJOR - 1}.9.0`,
      `${SUITE_MAJOR}.2.0`,
      `${SUITE_MAJOR + 1}.0.0`,
      null,
    ];
    const ids = await Promise.all(
      versions.map((_, index) => rows.deployment(modelId, providerId, `suite-${index}`)),
    );
    for (const [index, id] of ids.entries()) {
      await rows.certificate(id);
      await catalogue.database.query(
        `UPDATE model_certifications SET "suiteVersion" = $2 WHERE "deploymentId" = $1`,
        [id, versions[index]],
      );
    }
    const worker = await ChildService.start(catalogue, { ROLE: 'worker' });
    const reasons = async () => {
      const { rows: found } = await catalogue.database.query<{ reason: string | null }>(
        `SELECT "staleReason" AS reason FROM model_certifications
          WHERE "deploymentId" = ANY($1) ORDER BY array_position($1, "deploymentId")`,
        [ids],
      );
      return found.map(({ reason }) => reason);
    };
    await expect.poll(reasons, { timeout: 10_000 }).toEqual(['suite_changed', null, null, null]);
    await worker.close();
  }, 90_000);
});
