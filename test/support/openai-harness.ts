import type { EgressOptions } from '../../src/inference/egress.js';
import { OpenAiAdapter } from '../../src/inference/openai/openai.adapter.js';
import { AdapterHarness } from './adapter-harness.js';

export { HELLO, KEY } from './adapter-harness.js';

/** The OpenAI adapter in front of a scripted provider. */
export type OpenAiHarness = AdapterHarness;
export const OpenAiHarness = {
  start: (timeouts: EgressOptions['timeouts'] = {}): Promise<AdapterHarness> =>
    AdapterHarness.start({ create: (egress) => new OpenAiAdapter(egress), timeouts }),
};
