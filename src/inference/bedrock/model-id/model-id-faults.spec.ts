import { describe, expect, it } from 'vitest';
import { parseModelId } from './model-id-normalizer.js';

const ACCOUNT = '123456789012';
const ID = 'a1b2c3d4e5f6';
const SONNET = 'anthropic.claude-sonnet-4-5-20250929-v1:0';

describe('what is no Bedrock model id', () => {
  it.each([
    '',
    ' ',
    'claude',
    'gpt-4.1',
    'claude-3.5-sonnet',
    'us.anthropic',
    'xx.anthropic',
    'us.claude-sonnet-4-5',
    `us.eu.${SONNET}`,
    `us.xx.${SONNET}`,
    'Anthropic.claude-v2',
    'anthropic.Claude-v2',
    'US.anthropic.claude-v2',
    '.anthropic.claude-v2',
    'x/y.anthropic.claude-v2',
    ' anthropic.claude-v2',
    'anthropic.claude-v2 ',
    'anthropic.claude-v2\n',
    'anthropic.claude v2',
    'anthropic..claude-v2',
    '.claude-v2',
    'anthropic.',
    'anthropic.claude-v2:',
    'anthropic.claude-v2:1:200k:8k',
    'anthropic.claude-v2[1m',
    'anthropic.claude-v2[]',
    'anthropic/claude-v2',
    `bedrock/${SONNET}`,
    `anthropic.${'x'.repeat(64)}`,
    `anthropic.m${'.x'.repeat(1100)}`,
  ])('%j', (id) => {
    expect(parseModelId(id)).toBeNull();
  });

  it.each([
    'arn:',
    'arn:aws:bedrock',
    `ARN:aws:bedrock:eu-west-1:${ACCOUNT}:provisioned-model/${ID}`,
    `arn:azure:bedrock:eu-west-1:${ACCOUNT}:provisioned-model/${ID}`,
    `arn:aws:bedrock-runtime:eu-west-1:${ACCOUNT}:provisioned-model/${ID}`,
    `arn:aws:sagemaker:eu-west-1:${ACCOUNT}:endpoint/my-endpoint`,
    `arn:aws:bedrock:eu-west-1:${ACCOUNT}:guardrail/${ID}`,
    `arn:aws:bedrock:eu-west-1:${ACCOUNT}:prompt/ABCDEFGHIJ:1`,
    `arn:aws:bedrock:eu-west-1:${ACCOUNT}:foundation-model/${SONNET}`,
    `arn:aws:bedrock:eu-west-1::foundation-model/eu.${SONNET}`,
    'arn:aws:bedrock:eu-west-1::foundation-model/claude',
    `arn:aws:bedrock:europe::foundation-model/${SONNET}`,
    `arn:aws:bedrock:eu-west-1::inference-profile/eu.${SONNET}`,
    `arn:aws:bedrock::${ACCOUNT}:inference-profile/eu.${SONNET}`,
    `arn:aws:bedrock:eu-west-1:12345678901:inference-profile/eu.${SONNET}`,
    `arn:aws:bedrock:eu-west-1:1234567890123:provisioned-model/${ID}`,
    `arn:aws:bedrock:eu-west-1:${ACCOUNT}:inference-profile/${SONNET}`,
    `arn:aws:bedrock:eu-west-1:${ACCOUNT}:application-inference-profile/eu.${SONNET}`,
    `arn:aws:bedrock:eu-west-1:${ACCOUNT}:provisioned-model/A1B2C3D4E5F6`,
    `arn:aws:bedrock:eu-west-1:${ACCOUNT}:provisioned-model/short`,
    `arn:aws:bedrock:eu-west-1:${ACCOUNT}:provisioned-model/${ID}/`,
    `arn:aws:bedrock:eu-west-1:${ACCOUNT}:custom-model/eu.${SONNET}/${ID}`,
    `arn:aws:bedrock:eu-west-1:${ACCOUNT}:custom-model/claude/${ID}`,
    `arn:aws:bedrock:eu-west-1:${ACCOUNT}:custom-model/${SONNET}`,
    `arn:aws:bedrock:eu-west-1:${ACCOUNT}:prompt-router/a b`,
    `arn:aws:bedrock:eu-west-1:${ACCOUNT}:imported-model/${ID} `,
  ])('%j', (arn) => {
    expect(parseModelId(arn)).toBeNull();
  });
});
