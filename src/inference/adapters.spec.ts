import { describe, expect, it } from 'vitest';
import type { InferenceTarget } from './adapter.js';
import { Adapters } from './adapters.js';
import { Egress } from './egress.js';

const adapters = new Adapters(new Egress({ allowPrivate: false }));

function target(authType: string | null, rest: Partial<InferenceTarget> = {}): InferenceTarget {
  const at = {
    providerSlug: 'bedrock',
    baseUrl: null,
    apiVersion: null,
    modelId: 'm',
    region: 'r',
  };
  return { ...at, authType, ...rest };
}

describe('the adapters', () => {
  it.each(['api_key', null])('speaks OpenAI with authentication %s', (authType) => {
    expect(adapters.for(target(authType)).kind).toBe('openai');
  });

  it.each([
    ['acme', 'https://api.anthropic.com/v1'],
    ['anthropic', null],
    ['anthropic-eu', 'https://proxy.example'],
  ])('speaks Anthropic with %s at %s', (providerSlug, baseUrl) => {
    expect(adapters.for(target('api_key', { providerSlug, baseUrl })).kind).toBe('anthropic');
    expect(adapters.for(target(null, { providerSlug, baseUrl })).kind).toBe('openai');
  });

  it.each([
    ['acme', 'https://api.anthropic.com.example/v1'],
    ['anthropics', 'no address'],
  ])('does not with %s at %s', (providerSlug, baseUrl) => {
    expect(adapters.for(target('api_key', { providerSlug, baseUrl })).kind).toBe('openai');
  });

  it.each<[string, string | null, Partial<InferenceTarget>]>([
    ['Entra ID', 'oauth', {}],
    ['its slug', 'api_key', { providerSlug: 'azure' }],
    ['a slug of its own', 'api_key', { providerSlug: 'azure-sweden' }],
    ...[
      'https://name.openai.azure.com',
      'https://name.cognitiveservices.azure.com/',
      'https://name.services.ai.azure.com/openai/v1',
      'https://name.openai.azure.us',
      'https://name.openai.azure.cn/openai',
    ].map((baseUrl): [string, string, Partial<InferenceTarget>] => [
      baseUrl,
      'api_key',
      { baseUrl },
    ]),
  ])('speaks Azure OpenAI by %s', (_, authType, rest) => {
    expect(adapters.for(target(authType, rest)).kind).toBe('azure-openai');
  });

  it.each([
    { providerSlug: 'azurelike' },
    { baseUrl: 'https://openai.azure.com.evil.example' },
    { baseUrl: 'https://evilopenai.azure.com' },
    { baseUrl: 'not a URL' },
  ])('speaks plain OpenAI to %o', (rest) => {
    expect(adapters.for(target('api_key', rest)).kind).toBe('openai');
  });

  it.each([
    ['bedrock', target('aws_credentials')],
    ['anthropic', target('api_key', { providerSlug: 'anthropic' })],
    ['azure-openai', target('oauth')],
    ['openai', target(null)],
  ])('loads %s once', async (kind, one) => {
    const adapter = await adapters.for(one).load();
    expect(adapter.kind).toBe(kind);
    expect(await adapters.for(one).load()).toBe(adapter);
  });

  it('speaks Bedrock with the credentials of AWS', () => {
    expect(adapters.for(target('aws_credentials')).kind).toBe('bedrock');
  });
});
