import type { Adapter, InferenceTarget } from './adapter.js';
import { BedrockAdapter } from './bedrock/bedrock.adapter.js';
import type { Egress } from './egress.js';
import { InferenceError } from './inference-error.js';
import { OpenAiAdapter } from './openai/openai.adapter.js';

interface AdapterEntry {
  readonly speaksTo: (target: InferenceTarget) => boolean;
  readonly create: (egress: Egress) => Adapter;
}

/** One line per adapter; the first that speaks to a provider is taken. */
const ADAPTERS: readonly AdapterEntry[] = [
  {
    speaksTo: ({ authType }) => authType === 'aws_credentials',
    create: (egress) => new BedrockAdapter(egress),
  },
  { speaksTo: sendsKeyOrNothing, create: (egress) => new OpenAiAdapter(egress) },
];

/** One adapter of each kind, over one egress. */
export class Adapters {
  private readonly entries;

  constructor(egress: Egress) {
    this.entries = ADAPTERS.map(({ speaksTo, create }) => ({ speaksTo, adapter: create(egress) }));
  }

  /** @throws InferenceError CONFIGURATION_ERROR when no adapter speaks to the provider. */
  for(target: InferenceTarget): Adapter {
    const entry = this.entries.find(({ speaksTo }) => speaksTo(target));
    if (entry !== undefined) return entry.adapter;
    throw new InferenceError(
      'CONFIGURATION_ERROR',
      `No adapter speaks to the provider ${target.providerSlug} with authentication ${String(target.authType)}.`,
    );
  }
}

function sendsKeyOrNothing({ authType }: InferenceTarget): boolean {
  return authType !== 'aws_credentials' && authType !== 'oauth';
}
