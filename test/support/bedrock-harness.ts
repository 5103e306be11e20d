import { BedrockAdapter } from '../../src/inference/bedrock/bedrock.adapter.js';
import type { EgressOptions } from '../../src/inference/egress.js';
import { AdapterHarness } from './adapter-harness.js';

export { HELLO } from './adapter-harness.js';

/** Secrets to look for where none may be. */
export const KEYS = {
  kind: 'aws',
  accessKeyId: 'canary-id-31337',
  secretAccessKey: 'canary-secret-31337',
  sessionToken: 'canary-session-31337',
} as const;
export const SONNET = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';

/** The Bedrock adapter in front of a scripted provider. */
export type BedrockHarness = AdapterHarness;
export const BedrockHarness = {
  start: (timeouts: EgressOptions['timeouts'] = {}): Promise<AdapterHarness> =>
    AdapterHarness.start({
      create: (egress) => new BedrockAdapter(egress),
      at: (origin) => ({
        authType: 'aws_credentials',
        baseUrl: origin,
        credentials: KEYS,
        modelId: SONNET,
        region: 'us-east-1',
      }),
      timeouts,
    }),
};
