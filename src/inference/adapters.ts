import type { Adapter, InferenceTarget } from './adapter.js';
import { isAnthropic } from './anthropic/anthropic-address.js';
import { isAtAzure } from './azure-openai/azure-address.js';
import type { Egress } from './egress.js';

interface AdapterEntry {
  readonly kind: Adapter['kind'];
  readonly speaksTo: (target: InferenceTarget) => boolean;
  /** Its provider's SDK is loaded when it is needed: all of them take a fifth of the start. */
  readonly load: (egress: Egress) => Promise<Adapter>;
}

/** One entry per adapter; the first that speaks to a provider is taken. */
const ADAPTERS: readonly AdapterEntry[] = [
  {
    kind: 'bedrock',
    speaksTo: ({ authType }) => authType === 'aws_credentials',
    load: async (egress) =>
      new (await import('./bedrock/bedrock.adapter.js')).BedrockAdapter(egress),
  },
  {
    kind: 'anthropic',
    speaksTo: isAnthropic,
    load: async (egress) =>
      new (await import('./anthropic/anthropic.adapter.js')).AnthropicAdapter(egress),
  },
  {
    kind: 'azure-openai',
    speaksTo: isAtAzure,
    load: async (egress) =>
      new (await import('./azure-openai/azure-openai.adapter.js')).AzureOpenAiAdapter(egress),
  },
];

/** Most providers speak OpenAI's protocol, and so does whoever no entry knows. */
const OTHERS: Omit<AdapterEntry, 'speaksTo'> = {
  kind: 'openai',
  load: async (egress) => new (await import('./openai/openai.adapter.js')).OpenAiAdapter(egress),
};

/** An adapter that may not be loaded yet. */
export interface LazyAdapter {
  readonly kind: Adapter['kind'];
  readonly load: () => Promise<Adapter>;
}

/** One adapter of each kind, over one egress. */
export class Adapters {
  private readonly entries;
  private readonly others: LazyAdapter;

  constructor(egress: Egress) {
    this.entries = ADAPTERS.map((entry) => ({ ...entry, ...loadedOnce(entry, egress) }));
    this.others = loadedOnce(OTHERS, egress);
  }

  for(target: InferenceTarget): LazyAdapter {
    return this.entries.find(({ speaksTo }) => speaksTo(target)) ?? this.others;
  }
}

function loadedOnce({ kind, load }: Omit<AdapterEntry, 'speaksTo'>, egress: Egress): LazyAdapter {
  let adapter: Promise<Adapter> | undefined;
  return { kind, load: () => (adapter ??= load(egress)) };
}
