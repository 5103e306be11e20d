import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ControlPlaneHarness } from '../../../../test/support/control-plane-harness.js';
import {
  applicationProfile,
  arnIn,
  LLAMA_405B,
  NOVA_LITE,
  NOVA_PRO,
  refusal,
  SONNET_4,
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

async function suggestions(id: string, region: string) {
  return (await check(id, 'INFERENCE_PROFILE', region)).suggestions;
}

describe('the profiles that are suggested for a model', () => {
  it.each<[string, string, string[]]>([
    [SONNET_4, 'ap-northeast-1', [`apac.${SONNET_4}`, `global.${SONNET_4}`]],
    [SONNET_4_5, 'ap-northeast-1', [`jp.${SONNET_4_5}`, `global.${SONNET_4_5}`]],
    [SONNET_4, 'ap-southeast-2', [`apac.${SONNET_4}`]],
    [SONNET_4_5, 'ap-southeast-2', [`au.${SONNET_4_5}`, `global.${SONNET_4_5}`]],
    [SONNET_4_5, 'ca-central-1', [`us.${SONNET_4_5}`, `global.${SONNET_4_5}`]],
    [NOVA_LITE, 'ca-central-1', [`ca.${NOVA_LITE}`]],
    [SONNET_4, 'ap-south-1', [`apac.${SONNET_4}`]],
    [SONNET_4_5, 'ap-south-1', [`global.${SONNET_4_5}`]],
    [SONNET_4_5, 'sa-east-1', [`global.${SONNET_4_5}`]],
    [SONNET_4_5, 'af-south-1', [`global.${SONNET_4_5}`]],
    [SONNET_4_5, 'eu-west-2', [`eu.${SONNET_4_5}`, `global.${SONNET_4_5}`]],
    [SONNET_4_5, 'us-gov-east-1', [`us-gov.${SONNET_4_5}`]],
    [NOVA_PRO, 'eu-west-2', []],
    [LLAMA_405B, 'us-east-1', []],
    [LLAMA_405B, 'us-east-2', [`us.${LLAMA_405B}`]],
    [`us.${SONNET_4_5}`, 'ap-south-1', [`global.${SONNET_4_5}`]],
    ['no model', 'us-east-1', []],
  ])('%s from %s', async (id, region, expected) => {
    const found = await suggestions(id, region);
    expect(found.map((candidate) => candidate.id)).toEqual(expected);
  });

  it('are told with their reach', async () => {
    const application = applicationProfile('us-west-1', ID, SONNET_4_5);
    const asleep = applicationProfile('us-west-1', 'b1b2c3d4e5f6', SONNET_4_5, {
      status: 'CREATING',
    });
    const other = applicationProfile('us-west-1', 'c1b2c3d4e5f6', SONNET_4);
    bedrock.except({
      'type=APPLICATION': json({ inferenceProfileSummaries: [application, asleep, other] }),
    });
    const arn = arnIn('us-west-1', `foundation-model/${SONNET_4_5}`);
    expect(await suggestions(arn, 'us-west-1')).toEqual([
      {
        id: `us.${SONNET_4_5}`,
        arn: arnIn('us-west-1', `inference-profile/us.${SONNET_4_5}`),
        kind: 'geographic',
        geo: 'us',
        destinations: ['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2'],
      },
      {
        id: `global.${SONNET_4_5}`,
        arn: arnIn('us-west-1', `inference-profile/global.${SONNET_4_5}`),
        kind: 'global',
        geo: 'global',
        destinations: ['global'],
      },
      {
        id: ID,
        arn: arnIn('us-west-1', `application-inference-profile/${ID}`),
        kind: 'application',
        geo: null,
        destinations: ['us-west-1'],
      },
    ]);
  });
});

describe('a control plane that may not be asked', () => {
  it.each<[string, BedrockInferenceType]>([
    [NOVA_PRO, 'ON_DEMAND'],
    [`us.${NOVA_PRO}`, 'INFERENCE_PROFILE'],
    [arnIn('us-east-1', `application-inference-profile/${ID}`), 'INFERENCE_PROFILE'],
    [arnIn('us-east-1', `provisioned-model/${ID}`), 'PROVISIONED'],
  ])('leaves it open whether %s is usable', async (id, type) => {
    bedrock.provider.script = DENIED;
    const answer = await check(id, type, 'us-east-1');
    expect(answer).toMatchObject({ usable: null, destinations: [], suggestions: [] });
    expect(answer.reason).toMatch(
      /^The id could not be checked: bedrock answered 403: Not you\. .*bedrock:ListInferenceProfiles/,
    );
  });

  it('does not hide what is known without it', async () => {
    bedrock.except({ '/inference-profiles': DENIED });
    const answer = await check(SONNET_4_5, 'ON_DEMAND', 'us-east-1');
    expect(answer).toMatchObject({ usable: false, suggestions: [] });
    expect(answer.reason).toMatch(
      /supports INFERENCE_PROFILE; profiles could not be suggested: bedrock answered 403/,
    );
  });

  it.each([
    [refusal(403, 'ExpiredTokenException'), 'AUTHENTICATION_ERROR'],
    [refusal(429, 'ThrottlingException'), 'RATE_LIMIT'],
    [json('<html>', 404), 'CONFIGURATION_ERROR'],
  ])('is another matter than one that fails', async (answer, category) => {
    bedrock.provider.script = answer;
    await expect(check(NOVA_PRO, 'ON_DEMAND', 'us-east-1')).rejects.toMatchObject({ category });
  });
});

it('asks once for what many want to know', async () => {
  const ask = () => check(SONNET_4_5, 'ON_DEMAND', 'us-east-1');
  await Promise.all([ask(), ask(), ask()]);
  await check(`us.${SONNET_4_5}`, 'INFERENCE_PROFILE', 'us-east-1');
  await suggestions(SONNET_4, 'us-east-1');
  expect(bedrock.provider.requests.map(({ path }) => path.split('/v1/')[1])).toHaveLength(3);
});
