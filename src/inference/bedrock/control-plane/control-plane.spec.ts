import { afterEach, beforeEach, describe, expect, it } from 'vitest';

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
import {
  json,
  ScriptedProvider,
  type ScriptedAnswer,
} from '../../../../test/support/scripted-provider.js';
import { Egress } from '../../egress.js';
import type { ControlPlaneCaller } from './control-plane-call.js';
import { ControlPlane, type ControlPlaneOptions } from './control-plane.js';

const SECRET = 'canary-secret-31337';
const REGION = 'us-east-1';

let provider: ScriptedProvider;
let egress: Egress;

beforeEach(async () => {
  provider = await ScriptedProvider.start(controlPlane);
  egress = new Egress({ allowPrivate: true });
});

afterEach(async () => {
  await egress.close();
  await provider.close();
});

function plane(options: ControlPlaneOptions = {}): ControlPlane {
  return new ControlPlane(egress, options);
}

function caller(accessKeyId = 'test-key-id', sessionToken?: string): ControlPlaneCaller {
  const keys = { accessKeyId, secretAccessKey: SECRET };
  return {
    providerSlug: 'bedrock',
    baseUrl: provider.url,
    credentials: { kind: 'aws', ...keys, ...(sessionToken === undefined ? {} : { sessionToken }) },
  };
}

const model = (of: ControlPlane, id = SONNET_4_5) => of.getFoundationModel(caller(), REGION, id);
const list = (of: ControlPlane) => of.listInferenceProfiles(caller(), REGION, 'SYSTEM_DEFINED');

describe('what is asked', () => {
  it('is one signed GET for the region, without the secret', async () => {
    const asked = plane().getFoundationModel(caller('AK', 'token'), 'eu-west-3', SONNET_4_5);
    expect(await asked).toEqual({
      inferenceTypes: ['INFERENCE_PROFILE'],
      inputModalities: ['TEXT', 'IMAGE'],
      streaming: true,
      lifecycle: 'ACTIVE',
    });
    const [request, ...others] = provider.requests;
    expect(others).toEqual([]);
    expect(request?.method).toBe('GET');
    expect(request?.path).toBe(`/v1/foundation-models/${encodeURIComponent(SONNET_4_5)}`);
    expect(request?.headers['x-amz-security-token']).toBe('token');
    expect(request?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AK\//);
    expect(request && regionOf(request)).toBe('eu-west-3');
    expect(JSON.stringify(request)).not.toContain(SECRET);
  });

  it('is asked by SigV4, whatever token the environment holds', async () => {
    process.env.AWS_BEARER_TOKEN_BEDROCK = 'a-token';
    try {
      await model(plane());
    } finally {
      delete process.env.AWS_BEARER_TOKEN_BEDROCK;
    }
    expect(provider.lastRequest.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 /);
  });

  it('leaves an ARN as it is', async () => {
    const arn = arnIn(REGION, 'application-inference-profile/a1b2c3d4e5f6');
    provider.script = json(applicationProfile(REGION, 'a1b2c3d4e5f6', SONNET_4_5));
    const found = await plane().getInferenceProfile(caller(), REGION, arn);
    expect(idOf(provider.lastRequest)).toBe(arn);
    expect(found).toEqual({
      id: 'a1b2c3d4e5f6',
      arn,
      type: 'APPLICATION',
      active: true,
      modelArns: [arnIn(REGION, `foundation-model/${SONNET_4_5}`)],
    });
  });

  it("goes to AWS when the provider's address is that of Bedrock's runtime", async () => {
    const at = { ...caller(), baseUrl: 'https://bedrock-runtime.xx-nowhere-1.amazonaws.invalid' };
    const asked = plane().getFoundationModel(at, 'xx-nowhere-1', SONNET_4_5);
    await expect(asked).rejects.toThrow(/^bedrock\.xx-nowhere-1\.amazonaws\.com /);
  });

  it('is nothing without AWS credentials', async () => {
    const at = { ...caller(), credentials: { kind: 'api_key', apiKey: SECRET } as const };
    const asked = plane().getFoundationModel(at, REGION, SONNET_4_5);
    await expect(asked).rejects.toMatchObject({ category: 'CONFIGURATION_ERROR' });
    expect(provider.requests).toEqual([]);
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
    provider.script = (_, index) => pages[index] ?? {};
    expect((await list(plane())).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    const queries = provider.requests.map(({ path }) => new URL(path, 'http://x').searchParams);
    expect(queries.map((query) => query.get('nextToken'))).toEqual([
      null,
      'to ken/0+',
      'to ken/1+',
    ]);
    expect(queries.every((query) => query.get('type') === 'SYSTEM_DEFINED')).toBe(true);
  });

  it('that does not end is left', async () => {
    provider.script = json({ inferenceProfileSummaries: [], nextToken: 'again' });
    await expect(list(plane())).rejects.toMatchObject({ category: 'PROTOCOL_ERROR' });
    expect(provider.requests).toHaveLength(20);
  });

  it('keeps what is of no known type, as such', async () => {
    const odd = profile(REGION, 'a', [], { type: 'NEW', status: 'CREATING' });
    provider.script = json({ inferenceProfileSummaries: [odd], nextToken: null });
    expect(await list(plane())).toMatchObject([{ type: null, active: false }]);
  });
});

describe('answers are kept', () => {
  it('for each account key, region and question', async () => {
    const asked = plane();
    for (let time = 0; time < 2; time++) {
      await model(asked);
      await list(asked);
      await asked.getFoundationModel(caller(), 'us-west-2', SONNET_4_5);
      await asked.getFoundationModel(caller('other'), REGION, SONNET_4_5);
    }
    expect(provider.requests).toHaveLength(4);
  });

  it('and shared by those who ask at once', async () => {
    const asked = plane();
    const [one, two] = await Promise.all([model(asked), model(asked)]);
    expect(one).toBe(two);
    expect(provider.requests).toHaveLength(1);
  });

  it('for a while only', async () => {
    const asked = plane({ keepMs: 20 });
    await model(asked);
    await new Promise((resolve) => setTimeout(resolve, 40));
    await model(asked);
    expect(provider.requests).toHaveLength(2);
  });

  it('unless they are failures, which are shared but not kept', async () => {
    const asked = plane();
    provider.script = refusal(500, 'InternalServerException');
    const results = await Promise.allSettled([model(asked), model(asked)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(provider.requests).toHaveLength(1);
    provider.script = controlPlane;
    expect(await model(asked)).toMatchObject({ lifecycle: 'ACTIVE' });
  });
});

describe('a refusal', () => {
  it.each([
    [403, 'AccessDeniedException', 'PERMISSION_ERROR'],
    [403, 'UnrecognizedClientException', 'AUTHENTICATION_ERROR'],
    [403, 'ExpiredTokenException', 'AUTHENTICATION_ERROR'],
    [403, 'InvalidSignatureException', 'AUTHENTICATION_ERROR'],
    [404, 'ResourceNotFoundException', 'CONFIGURATION_ERROR'],
    [400, 'ValidationException', 'CONFIGURATION_ERROR'],
    [400, 'ThrottlingException', 'RATE_LIMIT'],
    [429, 'ThrottlingException', 'RATE_LIMIT'],
    [500, 'InternalServerException', 'PROVIDER_ERROR'],
    [418, 'NeverHeardOfException', 'UNKNOWN_ERROR'],
  ])('%i %s is %s', async (status, code, category) => {
    provider.script = refusal(status, code, `it says ${SECRET}`);
    const error: unknown = await model(plane()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'InferenceError', category, code, status });
    expect(String(error)).toContain('it says [redacted]');
    expect(provider.requests).toHaveLength(1);
  });

  it('may name its type in the body, or not be of AWS at all', async () => {
    const __type = 'com.amazon.coral.service#AccessDeniedException';
    provider.script = json({ __type, Message: 'Not you.' }, 400);
    await expect(model(plane())).rejects.toMatchObject({
      category: 'PERMISSION_ERROR',
      message: expect.stringMatching(/^bedrock answered 400: Not you\. .*ListInferenceProfiles/),
    });
    provider.script = json('<html>not found</html>', 404);
    await expect(model(plane())).rejects.toMatchObject({
      category: 'CONFIGURATION_ERROR',
      code: undefined,
    });
  });
});

describe('an answer that no client could use', () => {
  it.each<[string, unknown]>([
    ['text', 'hello'],
    ['a list', []],
    ['null', null],
    ['without details', {}],
    ['with details that are text', { modelDetails: 'x' }],
    ['with types that are no list', { modelDetails: { inferenceTypesSupported: 'ON_DEMAND' } }],
    ['with types that are no words', { modelDetails: { inferenceTypesSupported: [1] } }],
  ])('%s', async (_, body) => {
    provider.script = json(typeof body === 'string' ? body : JSON.stringify(body));
    await expect(model(plane())).rejects.toMatchObject({ category: 'PROTOCOL_ERROR' });
  });

  it.each<[string, object]>([
    ['no list', { inferenceProfileSummaries: {} }],
    ['no object', { inferenceProfileSummaries: [null] }],
    ['no models', { inferenceProfileSummaries: [profile(REGION, 'a', [], { models: 7 })] }],
    ['no ARN', { inferenceProfileSummaries: [profile(REGION, 'a', [], { models: [{}] })] }],
    ['no id', { inferenceProfileSummaries: [profile(REGION, 'a', [], { inferenceProfileId: 1 })] }],
    ['a token that is no text', { inferenceProfileSummaries: [], nextToken: 7 }],
  ])('a list: %s', async (_, body) => {
    provider.script = json(body);
    await expect(list(plane())).rejects.toMatchObject({ category: 'PROTOCOL_ERROR' });
  });

  it.each<[string, ScriptedAnswer, string]>([
    ['cut', { ...json('{"modelDetails":'), ending: 'cut' }, 'NETWORK_ERROR'],
    ['silent', { silent: true }, 'TIMEOUT'],
    ['unended', { ...json('{'), ending: 'hang' }, 'TIMEOUT'],
    [
      'elsewhere',
      { status: 302, headers: { location: 'http://x.invalid/' } },
      'CONFIGURATION_ERROR',
    ],
  ])('%s', async (_, answer, category) => {
    provider.script = answer;
    await expect(model(plane({ timeoutMs: 300 }))).rejects.toMatchObject({ category });
    expect(provider.requests).toHaveLength(1);
    await provider.lastRequest.closed;
  });
});

it('reads reserved throughput', async () => {
  const arn = arnIn(REGION, 'provisioned-model/a1b2c3d4e5f6');
  const foundationModelArn = arnIn(REGION, 'foundation-model/amazon.nova-pro-v1:0');
  provider.script = json({ status: 'InService', modelArn: arn, foundationModelArn, modelUnits: 1 });
  const found = await plane().getProvisionedModelThroughput(caller(), REGION, arn);
  expect(found).toEqual({ status: 'InService', modelArn: arn, foundationModelArn });
  expect(idOf(provider.lastRequest)).toBe(arn);
});
