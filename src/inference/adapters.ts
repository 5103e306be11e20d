import type { Adapter, InferenceTarget } from './adapter.js';
import { AnthropicAdapter, speaksAnthropic } from './anthropic/anthropic.adapter.js';
import { isAtAzure } from './azure-openai/azure-address.js';
import { AzureOpenAiAdapter } from './azure-openai/azure-openai.adapter.js';
import { BedrockAdapter } from './bedrock/bedrock.adapter.js';
import type { Egress } from './egress.js';
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
  { speaksTo: speaksAnthropic, create: (egress) => new AnthropicAdapter(egress) },
  { speaksTo: isAtAzure, create: (egress) => new AzureOpenAiAdapter(egress) },
];

/** One adapter of each kind, over one egress. */
export class Adapters {
  private readonly entries;
  /** Most providers speak OpenAI's protocol, and so does whoever no line knows. */
  private readonly others: Adapter;

  constructor(egress: Egress) {
    this.entries = ADAPTERS.map(({ speaksTo, create }) => ({ speaksTo, adapter: create(egress) }));
    this.others = new OpenAiAdapter(egress);
  }

  for(target: InferenceTarget): Adapter {
    return this.entries.find(({ speaksTo }) => speaksTo(target))?.adapter ?? this.others;
  }
}
