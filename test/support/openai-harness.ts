import type {
  Adapter,
  InferenceAnswer,
  InferenceRequest,
  AuthorizedTarget,
  StreamChunk,
  StreamedAnswer,
} from '../../src/inference/adapter.js';
import { Egress, type EgressOptions } from '../../src/inference/egress.js';
import { OpenAiAdapter } from '../../src/inference/openai/openai.adapter.js';
import { ScriptedProvider, type Script } from './scripted-provider.js';

/** A key to look for where no key may be. */
export const KEY = 'canary-key-31337';
export const HELLO: InferenceRequest = { messages: [{ role: 'user', content: 'hello' }] };

interface Call {
  readonly request?: InferenceRequest;
  readonly at?: Partial<AuthorizedTarget>;
  readonly signal?: AbortSignal;
}

/** The OpenAI adapter, or another that speaks like it, in front of a scripted provider. */
export class OpenAiHarness {
  private constructor(
    readonly provider: ScriptedProvider,
    private readonly egress: Egress,
    private readonly adapter: Adapter,
  ) {}

  static async start(
    timeouts: EgressOptions['timeouts'] = {},
    create: (egress: Egress) => Adapter = (egress) => new OpenAiAdapter(egress),
  ): Promise<OpenAiHarness> {
    const egress = new Egress({ allowPrivate: true, timeouts });
    return new OpenAiHarness(await ScriptedProvider.start(), egress, create(egress));
  }

  invoke(script: Script, { request = HELLO, at, signal }: Call = {}): Promise<InferenceAnswer> {
    this.provider.script = script;
    return this.adapter.invoke(this.target(at), request, signal ?? new AbortController().signal);
  }

  stream(
    script: Script,
    { request = HELLO, at, signal }: Call = {},
  ): AsyncGenerator<StreamChunk, StreamedAnswer> {
    this.provider.script = script;
    return this.adapter.stream(this.target(at), request, signal ?? new AbortController().signal);
  }

  async close(): Promise<void> {
    await this.egress.close();
    await this.provider.close();
  }

  private target(changes: Partial<AuthorizedTarget> = {}): AuthorizedTarget {
    return {
      providerSlug: 'acme',
      authType: 'api_key',
      baseUrl: this.provider.url,
      credentials: { kind: 'api_key', apiKey: KEY },
      apiVersion: null,
      modelId: 'm-1',
      region: 'global',
      ...changes,
    };
  }
}
