import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { controlPlane, idOf, refusal, SONNET_4_5 } from './support/control-plane.js';
import { Rows } from './support/rows.js';
import { ScriptedProvider } from './support/scripted-provider.js';
import { dataOf, TestService } from './support/service.js';

/** Where the AWS SDK looks first. */
const AWS_KEYS = { AWS_ACCESS_KEY_ID: 'test-key-id', AWS_SECRET_ACCESS_KEY: 'canary-secret' };

let bedrock: ScriptedProvider;
let catalogue: TestService;
let rows: Rows;
let modelId: string;
let providerId: string;

beforeAll(async () => {
  Object.assign(process.env, AWS_KEYS);
  bedrock = await ScriptedProvider.start(controlPlane);
  catalogue = await TestService.start();
  rows = new Rows(catalogue);
  modelId = await rows.model('Claude');
  providerId = await rows.provider('bedrock', {
    authType: 'aws_credentials',
    baseUrl: bedrock.url,
  });
});

afterAll(async () => {
  for (const name of Object.keys(AWS_KEYS)) delete process.env[name];
  await catalogue.close();
  await bedrock.close();
});

function read(id: string, region?: string) {
  const params = { path: { id }, query: region === undefined ? {} : { region } };
  return catalogue.api.GET('/api/v2/deployments/{id}/invocation-targets', { params });
}

describe('the invocation targets of a deployment', () => {
  it('say that its id needs a profile, and suggest some', async () => {
    const regions = ['us-east-1', 'ap-south-1'];
    const id = await rows.deployment(modelId, providerId, SONNET_4_5, { regions });
    const answer = await dataOf(read(id));
    expect(answer).toMatchObject({
      modelId: SONNET_4_5,
      inferenceType: 'ON_DEMAND',
      region: 'us-east-1',
      usable: false,
      reason:
        'The model cannot be invoked on demand in us-east-1, where it supports INFERENCE_PROFILE.',
      foundationModelId: SONNET_4_5,
      destinations: [],
      lifecycle: 'ACTIVE',
      suggestions: [
        { id: `us.${SONNET_4_5}`, kind: 'geographic', geo: 'us' },
        { id: `global.${SONNET_4_5}`, kind: 'global', geo: 'global' },
      ],
    });
    const elsewhere = await dataOf(read(id, 'ap-south-1'));
    expect(elsewhere).toMatchObject({ region: 'ap-south-1', usable: false });
    expect(elsewhere.suggestions.map((candidate) => candidate.id)).toEqual([
      `global.${SONNET_4_5}`,
    ]);
    const stored = await rows.read(`/api/v2/deployments/${id}`);
    expect(stored).toMatchObject({ deploymentId: SONNET_4_5, inferenceType: 'ON_DEMAND' });
  });

  it('say that an id is usable, where its own settings say it is called', async () => {
    const id = await rows.deployment(modelId, providerId, `us.${SONNET_4_5}`, {
      inferenceType: 'INFERENCE_PROFILE',
      providerConfig: { region: 'ca-central-1' },
    });
    expect(await dataOf(read(id))).toEqual({
      modelId: `us.${SONNET_4_5}`,
      inferenceType: 'INFERENCE_PROFILE',
      region: 'ca-central-1',
      usable: true,
      reason: null,
      foundationModelId: SONNET_4_5,
      destinations: ['ca-central-1', 'us-east-1', 'us-east-2', 'us-west-2'],
      lifecycle: 'ACTIVE',
      suggestions: [],
    });
  });

  it('are those of the ARN that is sent in place of the id', async () => {
    const arn = 'arn:aws:bedrock:eu-west-3:123456789012:provisioned-model/a1b2c3d4e5f6';
    const id = await rows.deployment(modelId, providerId, 'reserved', {
      inferenceType: 'PROVISIONED',
      costPerHour: 20,
      regions: ['eu-west-3'],
      providerConfig: { arn },
    });
    const answer = await dataOf(read(id));
    expect(answer).toMatchObject({ modelId: arn, usable: false, lifecycle: null, suggestions: [] });
    expect(bedrock.requests.map(idOf)).toContain(arn);
  });

  it('are open where the provider cannot be asked', async () => {
    const other = await rows.provider('other');
    const id = await rows.deployment(modelId, other, 'm-1');
    expect(await dataOf(read(id))).toMatchObject({
      region: 'global',
      usable: null,
      reason: 'The id could not be checked: the provider other cannot be asked about ids.',
    });
  });

  it('need a region', async () => {
    const id = await rows.deployment(modelId, providerId, 'amazon.nova-pro-v1:0');
    for (const region of [undefined, 'global', 'Nowhere!']) {
      const { response, error } = await read(id, region);
      expect(response.status).toBe(400);
      expect(error).toMatchObject({ errors: [{ pointer: '/region' }] });
    }
    expect(await dataOf(read(id, 'us-east-1'))).toMatchObject({ usable: true });
  });

  it('need a deployment', async () => {
    expect((await read(randomUUID(), 'us-east-1')).response.status).toBe(404);
    expect((await read('x', 'us-east-1')).response.status).toBe(400);
  });
});

describe('a control plane', () => {
  let count = 0;
  const failing = async (script: ScriptedProvider['script']) => {
    const name = `amazon.model-${String(count++)}`;
    const id = await rows.deployment(modelId, providerId, name, { regions: ['us-west-2'] });
    bedrock.script = script;
    try {
      return await read(id);
    } finally {
      bedrock.script = controlPlane;
    }
  };

  it('that refuses the credentials is a bad gateway, without a secret', async () => {
    const message = 'The security token included in the request is invalid: canary-secret';
    const { response, error } = await failing(refusal(403, 'UnrecognizedClientException', message));
    expect(response.status).toBe(502);
    expect(error).toMatchObject({ title: 'Bad Gateway', status: 502 });
    const { detail } = Object(error);
    expect(detail).toMatch(/^AUTHENTICATION_ERROR: bedrock answered 403: The security token/);
    expect(detail).not.toContain('canary-secret');
  });

  it.each([
    [503, refusal(429, 'ThrottlingException'), /^RATE_LIMIT: /],
    [502, refusal(500, 'InternalServerException'), /^PROVIDER_ERROR: /],
    [502, { body: ['<html>'] }, /^PROTOCOL_ERROR: /],
  ])('that fails is a %i', async (status, script, detail) => {
    const { response, error } = await failing(script);
    expect(response.status).toBe(status);
    expect(Object(error).detail).toMatch(detail);
  });

  it('that takes too long is a gateway timeout', async () => {
    const { response, error } = await failing(refusal(408, 'RequestTimeoutException'));
    expect(response.status).toBe(504);
    expect(Object(error).detail).toMatch(/^TIMEOUT: /);
  });

  it('that may not be asked leaves the answer open', async () => {
    const { data } = await failing(refusal(403, 'AccessDeniedException', 'Not you.'));
    expect(data).toMatchObject({ usable: null, suggestions: [] });
    expect(data?.reason).toMatch(/^The id could not be checked: bedrock answered 403: Not you\./);
  });
});
