import { describe, expect, it } from 'vitest';
import { inferenceTypeProblem, type BedrockInferenceType } from './inference-type-rule.js';

const ACCOUNT_ARN = 'arn:aws:bedrock:us-east-1:123456789012:';
const MODEL_ARN = 'arn:aws:bedrock:us-east-1::foundation-model/';
const ID = 'a1b2c3d4e5f6';
const TYPES: readonly BedrockInferenceType[] = ['ON_DEMAND', 'INFERENCE_PROFILE', 'PROVISIONED'];

const MUST_BE = {
  ON_DEMAND:
    'must be a foundation model id or ARN without geographic prefix, or the ARN of an imported ' +
    'model or custom model deployment when inferenceType is ON_DEMAND',
  INFERENCE_PROFILE:
    'must be a model id with a geographic prefix such as us. or global., or the ARN of an ' +
    'inference profile when inferenceType is INFERENCE_PROFILE',
  PROVISIONED: 'must be the ARN of a provisioned model when inferenceType is PROVISIONED',
};

describe.each<[string, BedrockInferenceType]>([
  ['anthropic.claude-sonnet-4-6', 'ON_DEMAND'],
  ['zai.glm-4.7', 'ON_DEMAND'],
  ['minimax.minimax-m2.1', 'ON_DEMAND'],
  [`${MODEL_ARN}amazon.nova-pro-v1:0`, 'ON_DEMAND'],
  [`${ACCOUNT_ARN}custom-model-deployment/${ID}`, 'ON_DEMAND'],
  [`${ACCOUNT_ARN}imported-model/${ID}`, 'ON_DEMAND'],
  ['us.openai.gpt-5.4', 'INFERENCE_PROFILE'],
  ['global.anthropic.claude-opus-4-5-20251101-v1:0', 'INFERENCE_PROFILE'],
  ['xx.anthropic.claude-opus-4-5-20251101-v1:0', 'INFERENCE_PROFILE'],
  [`${ACCOUNT_ARN}inference-profile/us.amazon.nova-pro-v1:0`, 'INFERENCE_PROFILE'],
  [`${ACCOUNT_ARN}application-inference-profile/${ID}`, 'INFERENCE_PROFILE'],
  [`${ACCOUNT_ARN}provisioned-model/${ID}`, 'PROVISIONED'],
])('%s', (id, right) => {
  it(`is for ${right}`, () => {
    expect(inferenceTypeProblem(right, id, [])).toBeNull();
    expect(inferenceTypeProblem(right, id, ['eu-west-1', 'us-east-1'])).toBeNull();
  });

  it.each(TYPES.filter((type) => type !== right))('is not for %s', (type) => {
    expect(inferenceTypeProblem(type, id, [])).toBe(`${MUST_BE[type]}; this id is for ${right}`);
  });
});

describe.each(TYPES)('%s', (type) => {
  it.each(['', 'gpt-4.1', 'arn:aws:s3:::bucket', ' amazon.nova-pro-v1:0'])('refuses %j', (id) => {
    expect(inferenceTypeProblem(type, id, [])).toBe(MUST_BE[type]);
  });

  it.each(['prompt-router', 'default-prompt-router'])('refuses a %s', (form) => {
    expect(inferenceTypeProblem(type, `${ACCOUNT_ARN}${form}/${ID}`, [])).toBe(
      'must not be a prompt router, because the answering model varies',
    );
  });

  it.each([ID, `amazon.nova-pro-v1:0:300k/${ID}`])('refuses the custom model %s', (id) => {
    expect(inferenceTypeProblem(type, `${ACCOUNT_ARN}custom-model/${id}`, [])).toBe(
      'must be the ARN of a custom model deployment or provisioned model, because a custom model ' +
        'cannot be invoked itself',
    );
  });
});

describe('a context variant', () => {
  it.each<[BedrockInferenceType, string, string]>([
    ['ON_DEMAND', 'amazon.nova-pro-v1:0:300k', ':300k'],
    ['ON_DEMAND', `${MODEL_ARN}amazon.nova-premier-v1:0:mm`, ':mm'],
    ['ON_DEMAND', 'anthropic.claude-sonnet-4-6[1m]', '[1m]'],
    ['INFERENCE_PROFILE', 'global.anthropic.claude-opus-4-7[1m]', '[1m]'],
  ])('is refused for %s: %s', (type, id, variant) => {
    expect(inferenceTypeProblem(type, id, [])).toBe(
      `must not end in ${variant}, which Bedrock does not accept for ${type}`,
    );
  });
});

describe('the region of an ARN', () => {
  it.each<[BedrockInferenceType, string]>([
    ['ON_DEMAND', `${MODEL_ARN}amazon.nova-pro-v1:0`],
    ['ON_DEMAND', `${ACCOUNT_ARN}imported-model/${ID}`],
    ['INFERENCE_PROFILE', `${ACCOUNT_ARN}inference-profile/us.amazon.nova-pro-v1:0`],
    ['INFERENCE_PROFILE', `${ACCOUNT_ARN}application-inference-profile/${ID}`],
    ['PROVISIONED', `${ACCOUNT_ARN}provisioned-model/${ID}`],
  ])('must be among the regions for %s: %s', (type, id) => {
    expect(inferenceTypeProblem(type, id, ['us-east-2', 'eu-west-1'])).toBe(
      "must lie in one of the deployment's regions, not in us-east-1",
    );
  });

  it('must be there', () => {
    const arn = 'arn:aws:bedrock:::foundation-model/amazon.nova-pro-v1:0';
    expect(inferenceTypeProblem('ON_DEMAND', arn, [])).toBe(
      'must name a region in the ARN, because without one it cannot be invoked',
    );
  });

  it('is not asked of an id', () => {
    expect(inferenceTypeProblem('ON_DEMAND', 'amazon.nova-pro-v1:0', ['eu-west-1'])).toBeNull();
  });
});
