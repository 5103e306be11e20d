import { Injectable, type OnApplicationShutdown } from '@nestjs/common';

import { Config } from '../shared/config.js';
import type {
  Adapter,
  AuthorizedTarget,
  InferenceAnswer,
  InferenceRequest,
  InferenceTarget,
  StreamChunk,
  StreamedAnswer,
} from './adapter.js';
import { Adapters } from './adapters.js';
import { CredentialsResolver, secretsOf } from './credentials.js';
import { Egress } from './egress.js';
import { hideSecrets } from './safe-text.js';

/** Far above what a process uses; the oldest is forgotten first. */
const MAX_SECRETS = 1_000;

/** The one door to all providers. Makes exactly one request per call and never retries. */
@Injectable()
export class InferenceService implements OnApplicationShutdown {
  private readonly egress: Egress;
  private readonly adapters: Adapters;
  /** Every secret a call was made with. */
  private readonly secrets = new Set<string>();

  constructor(
    config: Config,
    private readonly credentials: CredentialsResolver,
  ) {
    this.egress = new Egress({ allowPrivate: config.allowPrivateProviders });
    this.adapters = new Adapters(this.egress);
  }

  /** Asks for a whole answer. Rejects with InferenceError only. */
  async invoke(
    target: InferenceTarget,
    request: InferenceRequest,
    signal: AbortSignal,
  ): Promise<InferenceAnswer> {
    const [adapter, authorized] = await this.open(target);
    return adapter.invoke(authorized, request, signal);
  }

  /** Asks for a stream. Fails with InferenceError only, from the iterator. */
  async *stream(
    target: InferenceTarget,
    request: InferenceRequest,
    signal: AbortSignal,
  ): AsyncGenerator<StreamChunk, StreamedAnswer> {
    const [adapter, authorized] = await this.open(target);
    return yield* adapter.stream(authorized, request, signal);
  }

  /** A text without any secret that a call was made with: fit to be stored and shown. */
  withoutSecrets(text: string): string {
    return hideSecrets(text, [...this.secrets]);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.egress.close();
  }

  private async open(target: InferenceTarget): Promise<[Adapter, AuthorizedTarget]> {
    const adapter = this.adapters.for(target);
    const credentials = await this.credentials.resolve(target);
    for (const secret of secretsOf(credentials)) this.remember(secret);
    return [adapter, { ...target, credentials }];
  }

  private remember(secret: string): void {
    if (this.secrets.has(secret)) return;
    this.secrets.add(secret);
    const [oldest] = this.secrets;
    if (this.secrets.size > MAX_SECRETS && oldest !== undefined) this.secrets.delete(oldest);
  }
}
