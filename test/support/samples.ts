/** Valid bodies; a test changes what it is about. */
export const CAPABILITIES = {
  streaming: true,
  vision: false,
  functionCalling: true,
  maxContextWindow: 128_000,
  maxOutputTokens: 16_384,
};

export const MODEL = { name: 'Test Model', vendor: 'Test', capabilities: CAPABILITIES };

export const PROVIDER = { name: 'Test Provider', slug: 'test-provider' };

export const PRICES = { costPer1MInput: 3, costPer1MOutput: 15 };

/** An id that no row has. */
export const UNKNOWN = '00000000-0000-4000-8000-000000000000';
