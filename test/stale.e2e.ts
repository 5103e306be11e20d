import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { components } from '../docs/api/openapi.js';
import { Rows } from './support/rows.js';
import { CAPABILITIES } from './support/samples.js';
import { dataOf, TestService } from './support/service.js';

type Certification = components['schemas']['CertificationDto'];

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

async function certificate(): Promise<Certification> {
  const params = { query: { deploymentId } };
  const { data } = await dataOf(catalogue.api.GET('/api/v2/certifications', { params }));
  if (!data[0]) throw new Error('There is no certificate.');
  return data[0];
}

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
    const { expired, staleSince, lastVerdict } = await certificate();
    expect({ expired, lastVerdict }).toEqual({ expired: true, lastVerdict: 'CERTIFIED' });
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
