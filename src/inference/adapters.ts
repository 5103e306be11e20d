import type { Adapter } from './adapter.js';
import type { Egress } from './egress.js';
import { InferenceError } from './inference-error.js';
import { OpenAiAdapter } from './openai/openai.adapter.js';

/** What of a provider decides which adapter speaks to it. */
export interface AdapterChoice {
  readonly slug: string;
  /** `Provider.authType`. */
  readonly authType: string | null;
}

interface AdapterEntry {
  readonly speaksTo: (provider: AdapterChoice) => boolean;
  readonly create: (egress: Egress) => Adapter;
}

/** One line per adapter; the first that speaks to a provider is taken. */
const ADAPTERS: readonly AdapterEntry[] = [
  { speaksTo: sendsKeyOrNothing, create: (egress) => new OpenAiAdapter(egress) },
];

/** @throws InferenceError CONFIGURATION_ERROR when no adapter speaks to the provider. */
export function adapterFor(provider: AdapterChoice, egress: Egress): Adapter {
  const entry = ADAPTERS.find(({ speaksTo }) => speaksTo(provider));
  if (entry !== undefined) return entry.create(egress);
  throw new InferenceError(
    'CONFIGURATION_ERROR',
    `No adapter speaks to the provider ${provider.slug} with authentication ${String(provider.authType)}.`,
  );
}

function sendsKeyOrNothing({ authType }: AdapterChoice): boolean {
  return authType !== 'aws_credentials' && authType !== 'oauth';
}
