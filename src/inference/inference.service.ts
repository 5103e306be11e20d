import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type {
  InferenceAnswer,
  InferenceRequest,
  InferenceTarget,
  StreamChunk,
  StreamedAnswer,
} from './adapter.js';
import { adapterFor, type AdapterChoice } from './adapters.js';
import { Egress } from './egress.js';

/** Token under which the application provides {@link InferenceOptions}. */
export const INFERENCE_OPTIONS = Symbol('INFERENCE_OPTIONS');

export interface InferenceOptions {
  /** Whether providers at private and local addresses may be called. */
  readonly allowPrivateProviders: boolean;
}

/** The one door to all providers. Makes exactly one request per call and never retries. */
@Injectable()
export class InferenceService implements OnApplicationShutdown {
  private readonly egress: Egress;

  constructor(@Inject(INFERENCE_OPTIONS) options: InferenceOptions) {
    this.egress = new Egress({ allowPrivate: options.allowPrivateProviders });
  }

  /** Asks for a whole answer. Rejects with InferenceError only. */
  async invoke(
    provider: AdapterChoice,
    target: InferenceTarget,
    request: InferenceRequest,
    signal: AbortSignal,
  ): Promise<InferenceAnswer> {
    return adapterFor(provider, this.egress).invoke(target, request, signal);
  }

  /** Asks for a stream. Fails with InferenceError only, from the iterator. */
  async *stream(
    provider: AdapterChoice,
    target: InferenceTarget,
    request: InferenceRequest,
    signal: AbortSignal,
  ): AsyncGenerator<StreamChunk, StreamedAnswer> {
    return yield* adapterFor(provider, this.egress).stream(target, request, signal);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.egress.close();
  }
}
