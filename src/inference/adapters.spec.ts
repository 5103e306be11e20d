import { describe, expect, it } from 'vitest';
import type { InferenceTarget } from './adapter.js';
import { adapterFor } from './adapters.js';
import { Egress } from './egress.js';

const egress = new Egress({ allowPrivate: false });

function target(authType: string | null): InferenceTarget {
  const at = { providerSlug: 'bedrock', baseUrl: null, apiKey: null, modelId: 'm', region: 'r' };
  return { ...at, authType };
}

describe('adapterFor', () => {
  it.each(['api_key', null])('speaks OpenAI with authentication %s', (authType) => {
    expect(adapterFor(target(authType), egress).kind).toBe('openai');
  });

  it.each(['aws_credentials', 'oauth'])('names the provider it cannot speak to: %s', (authType) => {
    expect(() => adapterFor(target(authType), egress)).toThrow(
      expect.objectContaining({
        category: 'CONFIGURATION_ERROR',
        message: `No adapter speaks to the provider bedrock with authentication ${authType}.`,
      }),
    );
  });
});
