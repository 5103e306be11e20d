import type { Adapter } from '../../src/inference/adapter.js';
import type { Egress, EgressOptions } from '../../src/inference/egress.js';
import { OpenAiAdapter } from '../../src/inference/openai/openai.adapter.js';
import { AdapterHarness } from './adapter-harness.js';

export { HELLO, KEY } from './adapter-harness.js';

/** The OpenAI adapter, or another that speaks like it, in front of a scripted provider. */
export type OpenAiHarness = AdapterHarness;
export const OpenAiHarness = {
  start: (
    timeouts: EgressOptions['timeouts'] = {},
    create: (egress: Egress) => Adapter = (egress) => new OpenAiAdapter(egress),
  ): Promise<AdapterHarness> => AdapterHarness.start({ create, timeouts }),
};
