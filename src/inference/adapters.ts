import type { Adapter, InferenceTarget } from './adapter.js';
import type { Egress } from './egress.js';
import { InferenceError } from './inference-error.js';
import { OpenAiAdapter } from './openai/openai.adapter.js';

interface AdapterEntry {
  readonly speaksTo: (target: InferenceTarget) => boolean;
  readonly create: (egress: Egress) => Adapter;
}

/** One line per adapter; the first that speaks to a provider is taken. */
const ADAPTERS: readonly AdapterEntry[] = [
  { speaksTo: sendsKeyOrNothing, create: (egress) => new OpenAiAdapter(egress) },
];

/** @throws InferenceError CONFIGURATION_ERROR when no adapter speaks to the provider. */
export function adapterFor(target: InferenceTarget, egress: Egress): Adapter {
  const entry = ADAPTERS.find(({ speaksTo }) => speaksTo(target));
  if (entry !== undefined) return entry.create(egress);
  throw new InferenceError(
    'CONFIGURATION_ERROR',
    `No adapter speaks to the provider ${target.providerSlug} with authentication ${String(target.authType)}.`,
  );
}

function sendsKeyOrNothing({ authType }: InferenceTarget): boolean {
  return authType !== 'aws_credentials' && authType !== 'oauth';
}
