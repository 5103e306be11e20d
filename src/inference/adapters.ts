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
const OTHERS: AdapterEntry = {
  kind: 'openai',
  speaksTo: () => true,
  load: async (egress) => new (await import('./openai/openai.adapter.js')).OpenAiAdapter(egress),
};

/** One adapter of each kind, over one egress. */
export class Adapters {
  private readonly loaded = new Map<AdapterEntry, Promise<Adapter>>();

  constructor(private readonly egress: Egress) {}

  /** The kind of the adapter that speaks to a target. */
  kindFor(target: InferenceTarget): Adapter['kind'] {
    return entryFor(target).kind;
  }

  for(target: InferenceTarget): Promise<Adapter> {
    const entry = entryFor(target);
    const before = this.loaded.get(entry);
    if (before) return before;
    const adapter = entry.load(this.egress);
    this.loaded.set(entry, adapter);
    return adapter;
  }
}

function entryFor(target: InferenceTarget): AdapterEntry {
  return ADAPTERS.find(({ speaksTo }) => speaksTo(target)) ?? OTHERS;
}
