import type { CertificationProfile } from '../../src/generated/prisma/client.js';
import type { Probe } from '../../src/certification/probes/probe.js';
import { Budget, type Tokens } from '../../src/certification/session/budget.js';
import { Sender } from '../../src/certification/session/sender.js';
import { transportTo } from '../../src/certification/session/transport.js';
import {
  outcomeOf,
  spentIn,
  type Attempt,
  type Outcome,
} from '../../src/certification/validation/outcome.js';
import { discover, runProbe } from '../../src/certification/validation/probe-runner.js';
import type { AuthorizedTarget } from '../../src/inference/adapter.js';
import { Egress } from '../../src/inference/egress.js';
import { OpenAiAdapter } from '../../src/inference/openai/openai.adapter.js';
import type { CapabilitiesDto } from '../../src/models/capabilities.dto.js';
import { KEY } from './adapter-harness.js';
import { ScriptedProvider, type Script } from './scripted-provider.js';

/** A modest model; tests declare what they need on top. */
export const MODEST: CapabilitiesDto = {
  ...{ streaming: true, vision: false, functionCalling: false },
  ...{ maxContextWindow: 16_000, maxOutputTokens: 1_000 },
};

interface Circumstances {
  readonly capabilities?: Partial<CapabilitiesDto>;
  readonly profile?: CertificationProfile;
  readonly maxCostUsd?: number | null;
  /** Attempts made before; the new ones are added. */
  readonly attempts?: Attempt[];
  readonly undeclared?: boolean;
}

/** One USD per million input tokens, two for output. */
const costOf = ({ inputTokens, outputTokens }: Tokens): number =>
  (inputTokens + 2 * outputTokens) / 1_000_000;

/** Runs probes against a scripted provider, through the real adapter over real HTTP. */
export class ProbeHarness {
  private constructor(
    readonly provider: ScriptedProvider,
    private readonly egress: Egress,
    private readonly adapter: OpenAiAdapter,
  ) {}

  static async start(): Promise<ProbeHarness> {
    const egress = new Egress({ allowPrivate: true });
    return new ProbeHarness(await ScriptedProvider.start(), egress, new OpenAiAdapter(egress));
  }

  /** What a probe makes of a provider that answers by the script. */
  async run(probe: Probe, script: Script, options: Circumstances = {}): Promise<Outcome> {
    this.provider.script = script;
    this.provider.requests.length = 0;
    const { attempts = [], profile = 'standard', maxCostUsd = null } = options;
    await (options.undeclared ? discover : runProbe)(probe, {
      ...{ capabilities: { ...MODEST, ...options.capabilities }, profile, attempts, costOf },
      sender: this.sender(maxCostUsd, attempts),
      standing: () => this.adapter.standing(this.target(), new AbortController().signal),
      now: () => new Date(),
      record: () => Promise.resolve(),
    });
    return outcomeOf(
      probe,
      attempts.filter(({ probe: name }) => name === probe.name),
    );
  }

  async close(): Promise<void> {
    await this.egress.close();
    await this.provider.close();
  }

  private sender(maxCostUsd: number | null, attempts: readonly Attempt[]): Sender {
    const { signal } = new AbortController();
    return new Sender({
      ...{ hide: (text) => text, signal, backoffMs: 1 },
      budget: new Budget(maxCostUsd, spentIn(attempts), costOf, MODEST.maxContextWindow),
      transport: transportTo(this.adapter, this.target(), signal),
    });
  }

  private target(): AuthorizedTarget {
    return {
      ...{ providerSlug: 'acme', authType: 'api_key', baseUrl: this.provider.url },
      ...{ apiVersion: null, modelId: 'm-1', region: 'global' },
      credentials: { kind: 'api_key', apiKey: KEY },
    };
  }
}
