import { describe, expect, it } from 'vitest';
import { GEOS } from './geo.js';
import { KNOWN_VENDORS } from './known-vendors.js';
import { parseModelId, type ModelIdForm } from './model-id-normalizer.js';

const NO_MODEL = {
  geo: null,
  unknownGeo: false,
  vendor: null,
  foundationModelId: null,
  contextVariant: null,
};
const NO_ARN = { partition: null, region: null, account: null };
const ACCOUNT = '123456789012';
const ID = 'a1b2c3d4e5f6';
const SONNET = 'anthropic.claude-sonnet-4-5-20250929-v1:0';

describe('a foundation model by its id', () => {
  it.each([
    [SONNET, 'anthropic'],
    ['anthropic.claude-v2', 'anthropic'],
    ['anthropic.claude-v2:1', 'anthropic'],
    ['anthropic.claude-sonnet-4-6', 'anthropic'],
    ['anthropic.claude-opus-4-6-v1', 'anthropic'],
    ['mistral.mistral-large-3-675b-instruct', 'mistral'],
    ['mistral.mixtral-8x7b-instruct-v0:1', 'mistral'],
    ['openai.gpt-oss-120b-1:0', 'openai'],
    ['openai.gpt-oss-120b', 'openai'],
    ['openai.gpt-5.4', 'openai'],
    ['zai.glm-4.7', 'zai'],
    ['zai.glm-4.7-flash', 'zai'],
    ['minimax.minimax-m2.1', 'minimax'],
    ['moonshotai.kimi-k2.5', 'moonshotai'],
    ['ai21.jamba-1-5-large-v1:0', 'ai21'],
    ['cohere.embed-v4:0', 'cohere'],
    ['deepseek.r1-v1:0', 'deepseek'],
    ['newvendor.some-model-v1:0', 'newvendor'],
    ['newvendor.some-model-1.5.2', 'newvendor'],
    ['new-vendor.model', 'new-vendor'],
  ])('%s', (id, vendor) => {
    expect(parseModelId(id)).toEqual({
      form: 'foundation-model',
      geo: null,
      unknownGeo: false,
      vendor,
      foundationModelId: id,
      contextVariant: null,
      ...NO_ARN,
    });
  });

  it.each([
    ['amazon.titan-text-express-v1:0:8k', 'amazon.titan-text-express-v1:0', ':8k'],
    ['amazon.nova-micro-v1:0:24k', 'amazon.nova-micro-v1:0', ':24k'],
    ['amazon.nova-micro-v1:0:128k', 'amazon.nova-micro-v1:0', ':128k'],
    ['amazon.nova-pro-v1:0:300k', 'amazon.nova-pro-v1:0', ':300k'],
    ['amazon.nova-premier-v1:0:1000k', 'amazon.nova-premier-v1:0', ':1000k'],
    ['amazon.nova-premier-v1:0:mm', 'amazon.nova-premier-v1:0', ':mm'],
    ['cohere.embed-english-v3:0:512', 'cohere.embed-english-v3:0', ':512'],
    ['amazon.nova-pro:8k', 'amazon.nova-pro', ':8k'],
    ['anthropic.claude-sonnet-4-6[1m]', 'anthropic.claude-sonnet-4-6', '[1m]'],
    [`${SONNET}[1m]`, SONNET, '[1m]'],
    ['anthropic.claude-v2:1:200k[1m]', 'anthropic.claude-v2:1', ':200k[1m]'],
  ])('keeps the context variant of %s apart', (id, foundationModelId, contextVariant) => {
    expect(parseModelId(id)).toMatchObject({
      form: 'foundation-model',
      foundationModelId,
      contextVariant,
    });
  });
});

describe('a system inference profile by its id', () => {
  it.each([
    [`us.${SONNET}`, 'us', SONNET],
    [`us-gov.${SONNET}`, 'us-gov', SONNET],
    [`eu.${SONNET}`, 'eu', SONNET],
    [`apac.${SONNET}`, 'apac', SONNET],
    [`jp.${SONNET}`, 'jp', SONNET],
    [`au.${SONNET}`, 'au', SONNET],
    ['ca.amazon.nova-lite-v1:0', 'ca', 'amazon.nova-lite-v1:0'],
    [`global.${SONNET}`, 'global', SONNET],
    ['us.openai.gpt-5.4', 'us', 'openai.gpt-5.4'],
    ['us.zai.glm-4.7', 'us', 'zai.glm-4.7'],
    ['us.newvendor.model-v1:0', 'us', 'newvendor.model-v1:0'],
  ])('%s', (id, geo, foundationModelId) => {
    expect(parseModelId(id)).toEqual({
      form: 'inference-profile',
      geo,
      unknownGeo: false,
      vendor: foundationModelId.split('.')[0],
      foundationModelId,
      contextVariant: null,
      ...NO_ARN,
    });
  });

  it.each([
    [`xx.${SONNET}`, 'xx', SONNET],
    ['mx.openai.gpt-5.4', 'mx', 'openai.gpt-5.4'],
    ['us-iso.amazon.nova-pro-v1:0', 'us-iso', 'amazon.nova-pro-v1:0'],
  ])('flags the unknown prefix of %s', (id, geo, foundationModelId) => {
    expect(parseModelId(id)).toMatchObject({
      form: 'inference-profile',
      geo,
      unknownGeo: true,
      foundationModelId,
    });
  });

  it('keeps a context variant apart', () => {
    expect(parseModelId('global.anthropic.claude-opus-4-7[1m]')).toMatchObject({
      geo: 'global',
      foundationModelId: 'anthropic.claude-opus-4-7',
      contextVariant: '[1m]',
    });
  });

  it('takes a known vendor in first place for the vendor', () => {
    expect(parseModelId('amazon.meta.model-v1:0')).toMatchObject({
      form: 'foundation-model',
      vendor: 'amazon',
    });
  });
});

describe('a foundation model by its ARN', () => {
  it.each([
    ['aws', 'us-east-1'],
    ['aws-us-gov', 'us-gov-west-1'],
    ['aws-cn', 'cn-north-1'],
    ['aws-iso', 'us-iso-east-1'],
    ['aws-iso-b', 'us-isob-east-1'],
    ['aws', null],
    ['aws-eusc', 'eusc-de-east-1'],
  ])('in partition %s and region %s', (partition, region) => {
    const arn = `arn:${partition}:bedrock:${region ?? ''}::foundation-model/${SONNET}`;
    expect(parseModelId(arn)).toEqual({
      form: 'foundation-model',
      geo: null,
      unknownGeo: false,
      vendor: 'anthropic',
      foundationModelId: SONNET,
      contextVariant: null,
      partition,
      region,
      account: null,
    });
  });

  it('with a context variant', () => {
    expect(
      parseModelId('arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0:300k'),
    ).toMatchObject({ foundationModelId: 'amazon.nova-pro-v1:0', contextVariant: ':300k' });
  });
});

function accountArn(resource: string): string {
  return `arn:aws:bedrock:eu-west-1:${ACCOUNT}:${resource}`;
}

describe("the ARN of an account's resource", () => {
  const arn = { partition: 'aws', region: 'eu-west-1', account: ACCOUNT };

  it.each([
    [`inference-profile/eu.${SONNET}`, 'eu', false],
    [`inference-profile/xx.${SONNET}`, 'xx', true],
  ])('%s', (resource, geo, unknownGeo) => {
    expect(parseModelId(accountArn(resource))).toEqual({
      form: 'inference-profile',
      geo,
      unknownGeo,
      vendor: 'anthropic',
      foundationModelId: SONNET,
      contextVariant: null,
      ...arn,
    });
  });

  it.each<[ModelIdForm, string]>([
    ['application-inference-profile', ID],
    ['provisioned-model', ID],
    ['custom-model-deployment', ID],
    ['imported-model', ID],
    ['custom-model', ID],
    ['prompt-router', ID],
    ['default-prompt-router', 'anthropic.claude:1'],
  ])('%s/%s does not tell the model', (form, id) => {
    expect(parseModelId(accountArn(`${form}/${id}`))).toEqual({ form, ...NO_MODEL, ...arn });
  });

  it('tells the base of a custom model', () => {
    expect(parseModelId(accountArn(`custom-model/amazon.titan-text-lite-v1:0:4k/${ID}`))).toEqual({
      form: 'custom-model',
      geo: null,
      unknownGeo: false,
      vendor: 'amazon',
      foundationModelId: 'amazon.titan-text-lite-v1:0',
      contextVariant: ':4k',
      ...arn,
    });
  });
});

it('has no word that is both a geographic prefix and a vendor', () => {
  expect([...GEOS].filter((geo) => KNOWN_VENDORS.has(geo))).toEqual([]);
});
