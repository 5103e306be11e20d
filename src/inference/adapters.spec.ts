import { describe, expect, it } from 'vitest';
import type { InferenceTarget } from './adapter.js';
import { Adapters } from './adapters.js';
import { Egress } from './egress.js';

const adapters = new Adapters(new Egress({ allowPrivate: false }));

function target(authType: string | null): InferenceTarget {
  const at = {
    providerSlug: 'bedrock',
    baseUrl: null,
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

  it('speaks Bedrock with the credentials of AWS', () => {
    expect(adapters.for(target('aws_credentials')).kind).toBe('bedrock');
  });

  it.each(['oauth'])('names the provider it cannot speak to: %s', (authType) => {
    expect(() => adapters.for(target(authType))).toThrow(
      expect.objectContaining({
        category: 'CONFIGURATION_ERROR',
        message: `No adapter speaks to the provider bedrock with authentication ${authType}.`,
      }),
    );
  });
});
