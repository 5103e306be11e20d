import type {
  Adapter,
  AuthorizedTarget,
  InferenceAnswer,
  InferenceRequest,
  Standing,
  StreamChunk,
  StreamedAnswer,
} from '../../src/inference/adapter.js';
import { Egress, type EgressOptions } from '../../src/inference/egress.js';
import { ScriptedProvider, type Script } from './scripted-provider.js';

/** A key to look for where no key may be. */
export const KEY = 'canary-key-31337';
export const HELLO: InferenceRequest = { messages: [{ role: 'user', content: 'hello' }] };

interface Call {
  readonly request?: InferenceRequest;
  readonly at?: Partial<AuthorizedTarget>;
  readonly signal?: AbortSignal;
}

interface HarnessOptions {
  readonly create: (egress: Egress) => Adapter | Promise<Adapter>;
  /** What differs from a provider `acme` that wants an API key, given where the provider is. */
  readonly at?: (origin: string) => Partial<AuthorizedTarget>;
  readonly timeouts?: EgressOptions['timeouts'];
}

/** An adapter in front of a scripted provider. */
export class AdapterHarness {
  private constructor(
    readonly provider: ScriptedProvider,
    private readonly egress: Egress,
    private readonly adapter: Adapter,
    private readonly options: HarnessOptions,
  ) {}

  static async start(options: HarnessOptions): Promise<AdapterHarness> {
    const egress = new Egress({ allowPrivate: true, timeouts: options.timeouts ?? {} });
    const adapter = await options.create(egress);
    return new AdapterHarness(await ScriptedProvider.start(), egress, adapter, options);
  }

  invoke(script: Script, { request = HELLO, at, signal }: Call = {}): Promise<InferenceAnswer> {
    this.provider.script = script;
    return this.adapter.invoke(this.target(at), request, signal ?? new AbortController().signal);
  }

  stream(
    script: Script,
    { request = HELLO, at, signal }: Call = {},
  ): AsyncGenerator<readonly StreamChunk[], StreamedAnswer> {
    this.provider.script = script;
    return this.adapter.stream(this.target(at), request, signal ?? new AbortController().signal);
  }

  /** What the provider says of the model; only of an adapter that can ask. */
  async standing(script: Script, { at, signal }: Call = {}): Promise<Standing> {
    this.provider.script = script;
    const said = await this.adapter.standing?.(
      this.target(at),
      signal ?? new AbortController().signal,
    );
    if (!said) throw new Error('This adapter cannot ask about models.');
    return said;
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
      ...this.options.at?.(new URL(this.provider.url).origin),
      ...changes,
    };
  }
}
