import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ControlPlaneHarness, SECRET } from '../../../../test/support/control-plane-harness.js';
import { profile, refusal, SONNET_4_5 } from '../../../../test/support/control-plane.js';
import { json, type ScriptedAnswer } from '../../../../test/support/scripted-provider.js';
import type { ControlPlane } from './control-plane.js';

const REGION = 'us-east-1';

let bedrock: ControlPlaneHarness;

beforeEach(async () => {
  bedrock = await ControlPlaneHarness.start();
});

afterEach(() => bedrock.close());

const model = (of: ControlPlane, id = SONNET_4_5) =>
  of.getFoundationModel(bedrock.caller(), REGION, id);
const list = (of: ControlPlane) =>
  of.listInferenceProfiles(bedrock.caller(), REGION, 'SYSTEM_DEFINED');

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
    bedrock.provider.script = refusal(status, code, `it says ${SECRET}`);
    const error: unknown = await model(bedrock.plane()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'InferenceError', category, code, status });
    expect(String(error)).toContain('it says [redacted]');
    expect(bedrock.provider.requests).toHaveLength(1);
  });

  it('may name its type in the body, or not be of AWS at all', async () => {
    const __type = 'com.amazon.coral.service#AccessDeniedException';
    bedrock.provider.script = json({ __type, Message: 'Not you.' }, 400);
    await expect(model(bedrock.plane())).rejects.toMatchObject({
      category: 'PERMISSION_ERROR',
      message: expect.stringMatching(/^bedrock answered 400: Not you\. .*ListInferenceProfiles/),
    });
    bedrock.provider.script = json('<html>not found</html>', 404);
    await expect(model(bedrock.plane())).rejects.toMatchObject({
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
    bedrock.provider.script = json(typeof body === 'string' ? body : JSON.stringify(body));
    await expect(model(bedrock.plane())).rejects.toMatchObject({ category: 'PROTOCOL_ERROR' });
  });

  it.each<[string, object]>([
    ['no list', { inferenceProfileSummaries: {} }],
    ['no object', { inferenceProfileSummaries: [null] }],
    ['no models', { inferenceProfileSummaries: [profile(REGION, 'a', [], { models: 7 })] }],
    ['no ARN', { inferenceProfileSummaries: [profile(REGION, 'a', [], { models: [{}] })] }],
    ['no id', { inferenceProfileSummaries: [profile(REGION, 'a', [], { inferenceProfileId: 1 })] }],
    ['a token that is no text', { inferenceProfileSummaries: [], nextToken: 7 }],
  ])('a list: %s', async (_, body) => {
    bedrock.provider.script = json(body);
    await expect(list(bedrock.plane())).rejects.toMatchObject({ category: 'PROTOCOL_ERROR' });
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
    bedrock.provider.script = answer;
    await expect(model(bedrock.plane({ timeoutMs: 300 }))).rejects.toMatchObject({ category });
    expect(bedrock.provider.requests).toHaveLength(1);
    await bedrock.provider.lastRequest.closed;
  });
});
