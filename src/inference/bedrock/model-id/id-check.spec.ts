import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ControlPlaneHarness } from '../../../../test/support/control-plane-harness.js';
import {
  applicationProfile,
  arnIn,
  idOf,
  LLAMA_405B,
  NOVA_LITE,
  NOVA_PRO,
  profile,
  refusal,
  SONNET_3_5,
  SONNET_4_5,
} from '../../../../test/support/control-plane.js';
import { json } from '../../../../test/support/scripted-provider.js';
import { InferenceProfileResolver } from './inference-profile-resolver.js';
import type { BedrockInferenceType } from './inference-type-rule.js';

const ID = 'a1b2c3d4e5f6';
const DENIED = refusal(403, 'AccessDeniedException', 'Not you.');

let bedrock: ControlPlaneHarness;
let resolver: InferenceProfileResolver;

beforeEach(async () => {
  bedrock = await ControlPlaneHarness.start();
  resolver = new InferenceProfileResolver(bedrock.plane());
});

afterEach(() => bedrock.close());

function check(id: string, type: BedrockInferenceType, region: string) {
  return resolver.check(id, type, region, bedrock.caller());
}

describe('ON_DEMAND', () => {
  it.each([NOVA_PRO, arnIn('eu-west-2', `foundation-model/${NOVA_PRO}`)])(
    'is for a model that the region serves so: %s',
    async (id) => {
      expect(await check(id, 'ON_DEMAND', 'eu-west-2')).toEqual({
        usable: true,
        reason: null,
        foundationModelId: NOVA_PRO,
        destinations: ['eu-west-2'],
        lifecycle: 'ACTIVE',
        suggestions: [],
      });
      expect(bedrock.provider.requests.map(idOf)).toEqual([id]);
    },
  );

  it('is not for one that needs a profile, which is suggested', async () => {
    const answer = await check(SONNET_3_5, 'ON_DEMAND', 'us-east-2');
    expect(answer).toMatchObject({
      usable: false,
      reason:
        'The model cannot be invoked on demand in us-east-2, where it supports INFERENCE_PROFILE.',
      foundationModelId: SONNET_3_5,
      destinations: [],
      lifecycle: 'LEGACY',
    });
    expect(answer.suggestions).toMatchObject([
      { id: `us.${SONNET_3_5}`, destinations: ['us-east-1', 'us-west-2'] },
    ]);
  });

  it('is not for a model that the region does not know', async () => {
    const answer = await check('amazon.nova-none-v1:0', 'ON_DEMAND', 'us-east-1');
    expect(answer).toMatchObject({ usable: false, lifecycle: null, suggestions: [] });
    expect(answer.reason).toBe(
      'The control plane of us-east-1 does not know the id: bedrock answered 400: The provided model identifier is invalid.',
    );
  });

  it('is not for the id of a profile: nothing is put in its place', async () => {
    const answer = await check(`us.${SONNET_4_5}`, 'ON_DEMAND', 'us-east-1');
    expect(answer).toMatchObject({
      usable: false,
      foundationModelId: SONNET_4_5,
      destinations: [],
    });
    expect(answer.reason).toMatch(/^The id must be a foundation model id .*INFERENCE_PROFILE\.$/);
    expect(answer.suggestions.map(({ id }) => id)).toContain(`us.${SONNET_4_5}`);
  });

  it('is not for an ARN of another region', async () => {
    const arn = arnIn('us-east-1', `foundation-model/${NOVA_PRO}`);
    expect(await check(arn, 'ON_DEMAND', 'eu-west-1')).toMatchObject({
      usable: false,
      reason: 'The ARN lies in us-east-1 and cannot be invoked from eu-west-1.',
      suggestions: [{ id: `eu.${NOVA_PRO}` }],
    });
  });

  it.each(['imported-model', 'custom-model-deployment'])('cannot tell of an %s', async (form) => {
    const arn = arnIn('us-east-1', `${form}/${ID}`);
    const answer = await check(arn, 'ON_DEMAND', 'us-east-1');
    expect(answer).toMatchObject({ usable: null, foundationModelId: null, suggestions: [] });
    expect(answer.reason).toMatch(/could not be checked: /);
    expect(bedrock.provider.requests).toEqual([]);
  });
});

describe('INFERENCE_PROFILE', () => {
  it.each([
    [`us.${SONNET_3_5}`, 'us-east-2', ['us-east-1', 'us-west-2'], 'LEGACY'],
    [`us-gov.${SONNET_4_5}`, 'us-gov-east-1', ['us-gov-west-1'], 'ACTIVE'],
    [`ca.${NOVA_LITE}`, 'ca-central-1', ['ca-central-1', 'ca-west-1'], 'ACTIVE'],
    [`global.${SONNET_4_5}`, 'sa-east-1', ['global'], 'ACTIVE'],
    [
      arnIn('ap-northeast-1', `inference-profile/jp.${SONNET_4_5}`),
      'ap-northeast-1',
      ['ap-northeast-1', 'ap-northeast-3'],
      'ACTIVE',
    ],
  ])('%s is usable from %s', async (id, region, destinations, lifecycle) => {
    const answer = await check(id, 'INFERENCE_PROFILE', region);
    const rest = { reason: null, suggestions: [] };
    expect(answer).toMatchObject({ usable: true, destinations, lifecycle, ...rest });
  });

  it.each<[string, string, string[]]>([
    [`us.${LLAMA_405B}`, 'us-east-1', []],
    [`eu.${NOVA_PRO}`, 'eu-west-2', []],
    [`apac.${SONNET_4_5}`, 'ap-northeast-1', [`jp.${SONNET_4_5}`, `global.${SONNET_4_5}`]],
    [`us.${SONNET_4_5}`, 'ap-southeast-2', [`au.${SONNET_4_5}`, `global.${SONNET_4_5}`]],
    [arnIn('eu-west-1', `inference-profile/us.${NOVA_PRO}`), 'eu-west-1', [`eu.${NOVA_PRO}`]],
  ])('%s is not usable from %s', async (id, region, suggested) => {
    const answer = await check(id, 'INFERENCE_PROFILE', region);
    const reason = `The inference profile cannot be called from ${region}.`;
    expect(answer).toMatchObject({ usable: false, reason, destinations: [] });
    expect(answer.suggestions.map((candidate) => candidate.id)).toEqual(suggested);
  });

  it('needs the profile to be active', async () => {
    const id = `us.${NOVA_PRO}`;
    const arn = arnIn('us-east-1', `foundation-model/${NOVA_PRO}`);
    const asleep = profile('us-east-1', id, [arn], { status: 'CREATING' });
    bedrock.except({ 'type=SYSTEM_DEFINED': json({ inferenceProfileSummaries: [asleep] }) });
    const answer = await check(id, 'INFERENCE_PROFILE', 'us-east-1');
    const reason = 'The inference profile is not active.';
    expect(answer).toMatchObject({ usable: false, reason, suggestions: [] });
  });

  it('is usable without a word about the lifecycle', async () => {
    bedrock.except({ '/foundation-models/': DENIED });
    const answer = await check(`us.${SONNET_4_5}`, 'INFERENCE_PROFILE', 'us-east-1');
    expect(answer).toMatchObject({ usable: true, lifecycle: null });
  });
});

describe('an application profile', () => {
  const region = 'us-west-2';
  const arn = arnIn(region, `application-inference-profile/${ID}`);

  it.each<[string, object, object]>([
    ['is usable', {}, { usable: true, reason: null }],
    [
      'is not usable before it is active',
      { status: 'CREATING' },
      { usable: false, reason: 'The inference profile is not active.' },
    ],
    [
      'is not usable when it is none',
      { type: 'SYSTEM_DEFINED' },
      { usable: false, reason: 'The ARN does not name an application inference profile.' },
    ],
  ])('%s', async (_, changes, expected) => {
    const models = ['us-east-1', region].map((modelArn) => ({
      modelArn: arnIn(modelArn, `foundation-model/${SONNET_4_5}`),
    }));
    const found = applicationProfile(region, ID, SONNET_4_5, { models, ...changes });
    bedrock.except({ 'application-inference-profile': json(found) });
    expect(await check(arn, 'INFERENCE_PROFILE', region)).toMatchObject({
      foundationModelId: SONNET_4_5,
      destinations: ['us-east-1', region],
      lifecycle: 'ACTIVE',
      ...expected,
    });
  });

  it('that is gone is not usable', async () => {
    const answer = await check(arn, 'INFERENCE_PROFILE', region);
    expect(answer).toMatchObject({ usable: false, foundationModelId: null, suggestions: [] });
    expect(answer.reason).toMatch(/does not know the id: bedrock answered 404: It is not there\.$/);
  });
});

describe('PROVISIONED', () => {
  const region = 'eu-west-1';
  const arn = arnIn(region, `provisioned-model/${ID}`);
  const foundationModelArn = arnIn(region, `foundation-model/${NOVA_PRO}:24k`);
  const customised = arnIn(region, `custom-model/${NOVA_PRO}/${ID}`);

  it.each([
    ['InService', foundationModelArn, true, null, []],
    ['Creating', foundationModelArn, false, /not in service: Creating\.$/, [`eu.${NOVA_PRO}`]],
    ['Failed', customised, false, /not in service: Failed\.$/, []],
  ])('%s of %s', async (status, modelArn, usable, reason, suggested) => {
    bedrock.except({
      'provisioned-model-throughput': json({ status, modelArn, foundationModelArn }),
    });
    const answer = await check(arn, 'PROVISIONED', region);
    expect(answer).toMatchObject({ usable, foundationModelId: NOVA_PRO, destinations: [region] });
    if (reason === null) expect(answer.reason).toBeNull();
    else expect(answer.reason).toMatch(reason);
    expect(answer.suggestions.map(({ id }) => id)).toEqual(suggested);
  });

  it('is not usable when it is gone', async () => {
    expect(await check(arn, 'PROVISIONED', region)).toMatchObject({ usable: false });
  });
});

describe.each<BedrockInferenceType>(['ON_DEMAND', 'INFERENCE_PROFILE', 'PROVISIONED'])(
  '%s',
  (type) => {
    it.each([`prompt-router/${ID}`, `custom-model/${NOVA_PRO}/${ID}`])(
      'refuses %s and asks nothing',
      async (resource) => {
        const answer = await check(arnIn('us-east-1', resource), type, 'us-east-1');
        expect(answer).toMatchObject({ usable: false, suggestions: [] });
        expect(answer.reason).toMatch(/^The id must .*\.$/);
        expect(bedrock.provider.requests).toEqual([]);
      },
    );
  },
);
