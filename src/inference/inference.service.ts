import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';

import { Config } from '../shared/config.js';
import { rememberSecret } from '../shared/secrets/hide-secrets.js';
import type {
  AuthorizedTarget,
  InferenceAnswer,
  InferenceRequest,
  InferenceTarget,
  Standing,
  StreamChunk,
  StreamedAnswer,
} from './adapter.js';
import { Adapters } from './adapters.js';
import { notChecked, type IdCheck } from './bedrock/model-id/id-check.js';
import { InferenceProfileResolver } from './bedrock/model-id/inference-profile-resolver.js';
import type { BedrockInferenceType } from './bedrock/model-id/inference-type-rule.js';
import { CredentialsResolver, secretsOf } from './credentials.js';
import { Egress } from './egress.js';
import { InferenceError } from './inference-error.js';
import { ProviderCalls } from './provider-calls.js';

/**
 * The one door to all providers. Invoking makes exactly one request; nothing is ever retried. It
 * fails with InferenceError only, or with what kept a user's own keys from being read.
 */
@Injectable()
export class InferenceService implements OnApplicationShutdown {
  private readonly egress: Egress;
  private readonly adapters: Adapters;
  private profiles: Promise<InferenceProfileResolver> | undefined;
  private readonly calls: ProviderCalls;

  constructor(
    config: Config,
    private readonly credentials: CredentialsResolver,
    events: EventEmitter2,
  ) {
    this.calls = new ProviderCalls(events);
    const totalMs = config.providerTimeoutSeconds * 1_000;
    this.egress = new Egress({
      allowPrivate: config.allowPrivateProviders,
      timeouts: { totalMs, firstByteMs: totalMs / 2 },
    });
    this.adapters = new Adapters(this.egress);
  }

  /** Asks for a whole answer. */
  async invoke(
    target: InferenceTarget,
    request: InferenceRequest,
    signal: AbortSignal,
  ): Promise<InferenceAnswer> {
    const { kind, load } = this.adapters.for(target);
    const call = this.calls.begin(kind, 'invoke', target);
    return this.calls.observe(call, async () => {
      const adapter = await load();
      return adapter.invoke(await this.authorize(target), request, signal);
    });
  }

  /** Asks for a stream. Fails from the iterator. */
  async *stream(
    target: InferenceTarget,
    request: InferenceRequest,
    signal: AbortSignal,
  ): AsyncGenerator<readonly StreamChunk[], StreamedAnswer> {
    const { kind, load } = this.adapters.for(target);
    const call = this.calls.begin(kind, 'stream', target);
    return yield* this.calls.observeStream(call, async () => {
      const adapter = await load();
      return adapter.stream(await this.authorize(target), request, signal);
    });
  }

  /**
   * Whether the provider takes the target's model id for the inference type in its region, without
   * invoking it. It may ask several times, and knows for minutes what it was told.
   */
  async checkModelId(
    target: InferenceTarget,
    inferenceType: BedrockInferenceType,
  ): Promise<IdCheck> {
    if (target.authType !== 'aws_credentials') {
      return notChecked(`the provider ${target.providerSlug} cannot be asked about ids.`);
    }
    const caller = await this.authorize(target);
    this.profiles ??= resolverOver(this.egress);
    return (await this.profiles).check(target.modelId, inferenceType, target.region, caller);
  }

  /**
   * What the provider says of the target's model without invoking it; null: it cannot be asked.
   * Rejects with InferenceError only.
   */
  async standing(
    target: InferenceTarget,
    inferenceType: BedrockInferenceType,
    signal: AbortSignal,
  ): Promise<Standing | null> {
    if (target.authType === 'aws_credentials') {
      return standingIn(await unlessLeft(this.checkModelId(target, inferenceType), signal));
    }
    const adapter = await this.adapters.for(target).load();
    const { standing } = adapter;
    if (!standing) return null;
    const call = this.calls.begin(adapter.kind, 'standing', target);
    return this.calls.observe(call, async () =>
      standing.call(adapter, await this.authorize(target), signal),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await this.egress.close();
  }

  private async authorize(target: InferenceTarget): Promise<AuthorizedTarget> {
    const credentials = await this.credentials.resolve(target);
    for (const secret of secretsOf(credentials)) rememberSecret(secret);
    return Object.assign({}, target, { credentials });
  }
}

/** Loads AWS' SDK of the control plane, like the adapters when it is needed. */
async function resolverOver(egress: Egress): Promise<InferenceProfileResolver> {
  const { ControlPlane } = await import('./bedrock/control-plane/control-plane.js');
  return new InferenceProfileResolver(new ControlPlane(egress));
}

/** The check's answer is kept for others, so it goes on when this caller leaves. */
async function unlessLeft<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let leave = () => {};
  const left = new Promise<never>((_, reject) => {
    leave = () => reject(new InferenceError('CANCELLED', 'Cancelled while the id was checked.'));
    signal.addEventListener('abort', leave);
    if (signal.aborted) leave();
  });
  try {
    return await Promise.race([work, left]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

function standingIn({ usable, reason, lifecycle, suggestions }: IdCheck): Standing {
  const ids = suggestions.map(({ id }) => id).join(', ');
  const hint = ids === '' ? '' : ` Profiles that serve the model: ${ids}.`;
  return { usable, lifecycle, reason: reason && `${reason}${hint}` };
}
