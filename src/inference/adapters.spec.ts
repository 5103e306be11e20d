import { describe, expect, it } from 'vitest';
import type { InferenceTarget } from './adapter.js';
import { Adapters } from './adapters.js';
import { Egress } from './egress.js';

const adapters = new Adapters(new Egress({ allowPrivate: false }));

function target(
  authType: string | null,
  providerSlug = 'bedrock',
  baseUrl: string | null = null,
): InferenceTarget {
  const at = {
    providerSlug,
    baseUrl,
    apiVersion: null,
    modelId: 'm',
    region: 'r',
  };
  return { ...at, authType };
}

describe('the adapters', () => {
  it.each(['api_key', null])('speaks OpenAI with authentication %s', (authType) => {
    expect(adapters.for(target(authType)).kind).toBe('openai');
  });

  it.each([
    ['acme', 'https://api.anthropic.com/v1'],
    ['anthropic', null],
    ['anthropic-eu', 'https://proxy.example'],
  ])('speaks Anthropic with %s at %s', (slug, baseUrl) => {
    expect(adapters.for(target('api_key', slug, baseUrl)).kind).toBe('anthropic');
    expect(adapters.for(target(null, slug, baseUrl)).kind).toBe('openai');
  });

  it.each([
    ['acme', 'https://api.anthropic.com.example/v1'],
    ['anthropics', 'no address'],
  ])('does not with %s at %s', (slug, baseUrl) => {
    expect(adapters.for(target('api_key', slug, baseUrl)).kind).toBe('openai');
  });

  it.each(['aws_credentials', 'oauth'])('names the provider it cannot speak to: %s', (authType) => {
    expect(() => adapters.for(target(authType))).toThrow(
      expect.objectContaining({
        category: 'CONFIGURATION_ERROR',
        message: `No adapter speaks to the provider bedrock with authentication ${authType}.`,
      }),
    );
  });
});
