import type {
  AuthorizedTarget,
  InferenceAnswer,
  InferenceRequest,
  StreamChunk,
  StreamedAnswer,
} from '../../src/inference/adapter.js';
import { BedrockAdapter } from '../../src/inference/bedrock/bedrock.adapter.js';
import { Egress, type EgressOptions } from '../../src/inference/egress.js';
import { ScriptedProvider, type Script } from './scripted-provider.js';

/** Secrets to look for where none may be. */
export const KEYS = {
  kind: 'aws',
  accessKeyId: 'canary-id-31337',
  secretAccessKey: 'canary-secret-31337',
  sessionToken: 'canary-session-31337',
} as const;
export const HELLO: InferenceRequest = { messages: [{ role: 'user', content: 'hello' }] };
export const SONNET = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';

interface Call {
  readonly request?: InferenceRequest;
  readonly at?: Partial<AuthorizedTarget>;
  readonly signal?: AbortSignal;
}

/** The Bedrock adapter in front of a scripted provider. */
export class BedrockHarness {
  private readonly adapter: BedrockAdapter;

  private constructor(
    readonly provider: ScriptedProvider,
    private readonly egress: Egress,
  ) {
    this.adapter = new BedrockAdapter(egress);
  }

  static async start(timeouts: EgressOptions['timeouts'] = {}): Promise<BedrockHarness> {
    const egress = new Egress({ allowPrivate: true, timeouts });
    return new BedrockHarness(await ScriptedProvider.start(), egress);
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
      authType: 'aws_credentials',
      baseUrl: `http://127.0.0.1:${String(this.provider.port)}`,
      credentials: KEYS,
      apiVersion: null,
      modelId: SONNET,
      region: 'us-east-1',
      ...changes,
    };
  }
}
