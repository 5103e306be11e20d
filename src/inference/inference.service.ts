import { Injectable, type OnApplicationShutdown } from '@nestjs/common';

import { Config } from '../shared/config.js';
import type {
  InferenceAnswer,
  InferenceRequest,
  InferenceTarget,
  StreamChunk,
  StreamedAnswer,
} from './adapter.js';
import { adapterFor } from './adapters.js';
import { Egress } from './egress.js';
import { InferenceError } from './inference-error.js';

/** What of a provider's row decides how it is spoken to. */
export interface ProviderFacts {
  readonly slug: string;
  readonly baseUrl: string | null;
  readonly authType: string | null;
}

/** The one door to all providers. Makes exactly one request per call and never retries. */
@Injectable()
export class InferenceService implements OnApplicationShutdown {
  private readonly egress: Egress;

  constructor(private readonly config: Config) {
    this.egress = new Egress({ allowPrivate: config.allowPrivateProviders });
  }

  /** Where a call to a model goes; finds the provider's key, if it wants one and it is set. */
  target(provider: ProviderFacts, modelId: string, region: string): InferenceTarget {
    const { slug, baseUrl, authType } = provider;
    const apiKey = authType === 'api_key' ? this.config.providerApiKey(slug) : null;
    return { providerSlug: slug, authType, baseUrl, apiKey, modelId, region };
  }

  /** Asks for a whole answer. Rejects with InferenceError only. */
  async invoke(
    target: InferenceTarget,
    request: InferenceRequest,
    signal: AbortSignal,
  ): Promise<InferenceAnswer> {
    requireKey(target);
    return adapterFor(target, this.egress).invoke(target, request, signal);
  }

  /** Asks for a stream. Fails with InferenceError only, from the iterator. */
  async *stream(
    target: InferenceTarget,
    request: InferenceRequest,
    signal: AbortSignal,
  ): AsyncGenerator<StreamChunk, StreamedAnswer> {
    requireKey(target);
    return yield* adapterFor(target, this.egress).stream(target, request, signal);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.egress.close();
  }
}

function requireKey({ authType, apiKey, providerSlug }: InferenceTarget): void {
  if (authType !== 'api_key' || apiKey !== null) return;
  const variable = Config.apiKeyVariable(providerSlug);
  throw new InferenceError(
    'AUTHENTICATION_ERROR',
    `The environment variable ${variable} is not set.`,
  );
}
