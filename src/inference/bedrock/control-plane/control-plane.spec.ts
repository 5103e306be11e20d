import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ControlPlaneHarness, SECRET } from '../../../../test/support/control-plane-harness.js';
import {
  applicationProfile,
  arnIn,
  controlPlane,
  idOf,
  profile,
  refusal,
  regionOf,
  SONNET_4_5,
} from '../../../../test/support/control-plane.js';
import { json } from '../../../../test/support/scripted-provider.js';
import type { ControlPlane } from './control-plane.js';

const REGION = 'us-east-1';

let bedrock: ControlPlaneHarness;

beforeEach(async () => {
  bedrock = await ControlPlaneHarness.start();
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await bedrock.close();
});

const model = (of: ControlPlane, id = SONNET_4_5) =>
  of.getFoundationModel(bedrock.caller(), REGION, id);
const list = (of: ControlPlane) =>
  of.listInferenceProfiles(bedrock.caller(), REGION, 'SYSTEM_DEFINED');

describe('what is asked', () => {
  it('is one signed GET for the region, without the secret', async () => {
    const asked = bedrock
      .plane()
      .getFoundationModel(bedrock.caller('AK', 'token'), 'eu-west-3', SONNET_4_5);
    expect(await asked).toEqual({
      inferenceTypes: ['INFERENCE_PROFILE'],
      lifecycle: 'ACTIVE',
    });
    const [request, ...others] = bedrock.provider.requests;
    expect(others).toEqual([]);
    expect(request?.method).toBe('GET');
    expect(request?.path).toBe(`/v1/foundation-models/${encodeURIComponent(SONNET_4_5)}`);
    expect(request?.headers['x-amz-security-token']).toBe('token');
    expect(request?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AK\//);
    expect(request && regionOf(request)).toBe('eu-west-3');
    expect(JSON.stringify(request)).not.toContain(SECRET);
  });

  it('is asked by SigV4, whatever the environment holds', async () => {
    vi.stubEnv('AWS_BEARER_TOKEN_BEDROCK', 'environment');
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9/environment');
    vi.stubEnv('AWS_ENDPOINT_URL_BEDROCK', 'http://127.0.0.1:9/environment');
    vi.stubEnv('AWS_SDK_UA_APP_ID', 'environment');
    await model(bedrock.plane());
    const { headers } = bedrock.provider.lastRequest;
    expect(headers.authorization).toMatch(/^AWS4-HMAC-SHA256 /);
    expect(headers['user-agent']).not.toMatch(/node|linux|aws-sdk/i);
    expect(JSON.stringify(headers)).not.toContain('environment');
  });

  it('leaves an ARN as it is', async () => {
    const arn = arnIn(REGION, 'application-inference-profile/a1b2c3d4e5f6');
    bedrock.provider.script = json(applicationProfile(REGION, 'a1b2c3d4e5f6', SONNET_4_5));
    const found = await bedrock.plane().getInferenceProfile(bedrock.caller(), REGION, arn);
    expect(idOf(bedrock.provider.lastRequest)).toBe(arn);
    expect(found).toEqual({
      id: 'a1b2c3d4e5f6',
      arn,
      type: 'APPLICATION',
      active: true,
      modelArns: [arnIn(REGION, `foundation-model/${SONNET_4_5}`)],
    });
  });

  it.each([null, 'https://bedrock-runtime.xx-nowhere-1.amazonaws.invalid'])(
    'goes to AWS, and to no address of the environment, when that of the provider is %s',
    async (baseUrl) => {
      vi.stubEnv('AWS_ENDPOINT_URL', bedrock.provider.url);
      vi.stubEnv('AWS_ENDPOINT_URL_BEDROCK', bedrock.provider.url);
      const at = { ...bedrock.caller(), baseUrl };
      const asked = bedrock.plane().getFoundationModel(at, 'xx-nowhere-1', SONNET_4_5);
      await expect(asked).rejects.toThrow(/^bedrock\.xx-nowhere-1\.amazonaws\.com /);
      expect(bedrock.provider.requests).toEqual([]);
    },
  );

  it('is nothing without AWS credentials', async () => {
    const at = { ...bedrock.caller(), credentials: { kind: 'api_key', apiKey: SECRET } as const };
    const asked = bedrock.plane().getFoundationModel(at, REGION, SONNET_4_5);
    await expect(asked).rejects.toMatchObject({ category: 'CONFIGURATION_ERROR' });
    expect(bedrock.provider.requests).toEqual([]);
  });
});

describe('a list', () => {
  it('is read page by page', async () => {
    const pages = ['a', 'b', 'c'].map((id, index) =>
      json({
        inferenceProfileSummaries: [profile(REGION, id, [])],
        ...(index < 2 ? { nextToken: `to ken/${String(index)}+` } : {}),
      }),
    );
    bedrock.provider.script = (_, index) => pages[index] ?? {};
    expect((await list(bedrock.plane())).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    const queries = bedrock.provider.requests.map(
      ({ path }) => new URL(path, 'http://x').searchParams,
    );
    expect(queries.map((query) => query.get('nextToken'))).toEqual([
      null,
      'to ken/0+',
      'to ken/1+',
    ]);
    expect(queries.every((query) => query.get('type') === 'SYSTEM_DEFINED')).toBe(true);
  });

  it('that does not end is left', async () => {
    bedrock.provider.script = json({ inferenceProfileSummaries: [], nextToken: 'again' });
    await expect(list(bedrock.plane())).rejects.toMatchObject({ category: 'PROTOCOL_ERROR' });
    expect(bedrock.provider.requests).toHaveLength(20);
  });

  it('keeps what is of no known type, as such', async () => {
    const odd = profile(REGION, 'a', [], { type: 'NEW', status: 'CREATING' });
    bedrock.provider.script = json({ inferenceProfileSummaries: [odd], nextToken: null });
    expect(await list(bedrock.plane())).toMatchObject([{ type: null, active: false }]);
  });
});

describe('answers are kept', () => {
  it('for each account key, region and question', async () => {
    const asked = bedrock.plane();
    for (let time = 0; time < 2; time++) {
      await model(asked);
      await list(asked);
      await asked.getFoundationModel(bedrock.caller(), 'us-west-2', SONNET_4_5);
      await asked.getFoundationModel(bedrock.caller('other'), REGION, SONNET_4_5);
    }
    expect(bedrock.provider.requests).toHaveLength(4);
  });

  it('from who knows the id of a key but not its secret', async () => {
    const asked = bedrock.plane();
    await model(asked);
    const credentials = {
      kind: 'aws',
      accessKeyId: 'test-key-id',
      secretAccessKey: 'guess',
    } as const;
    await asked.getFoundationModel({ ...bedrock.caller(), credentials }, REGION, SONNET_4_5);
    expect(bedrock.provider.requests).toHaveLength(2);
  });

  it('and shared by those who ask at once', async () => {
    const asked = bedrock.plane();
    const [one, two] = await Promise.all([model(asked), model(asked)]);
    expect(one).toBe(two);
    expect(bedrock.provider.requests).toHaveLength(1);
  });

  it('for a while only', async () => {
    const asked = bedrock.plane({ keepMs: 20 });
    await model(asked);
    await new Promise((resolve) => setTimeout(resolve, 40));
    await model(asked);
    expect(bedrock.provider.requests).toHaveLength(2);
  });

  it('unless they are failures, which are shared but not kept', async () => {
    const asked = bedrock.plane();
    bedrock.provider.script = refusal(500, 'InternalServerException');
    const results = await Promise.allSettled([model(asked), model(asked)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(bedrock.provider.requests).toHaveLength(1);
    bedrock.provider.script = controlPlane;
    expect(await model(asked)).toMatchObject({ lifecycle: 'ACTIVE' });
  });
});

it('reads reserved throughput', async () => {
  const arn = arnIn(REGION, 'provisioned-model/a1b2c3d4e5f6');
  const foundationModelArn = arnIn(REGION, 'foundation-model/amazon.nova-pro-v1:0');
  bedrock.provider.script = json({
    status: 'InService',
    modelArn: arn,
    foundationModelArn,
    modelUnits: 1,
  });
  const found = await bedrock.plane().getProvisionedModelThroughput(bedrock.caller(), REGION, arn);
  expect(found).toEqual({ status: 'InService', modelArn: arn, foundationModelArn });
  expect(idOf(bedrock.provider.lastRequest)).toBe(arn);
});
