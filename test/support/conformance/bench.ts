import { inspect } from 'node:util';
import { expect } from 'vitest';
import type { InferenceAnswer, InferenceRequest } from '../../../src/inference/adapter.js';
import { Adapters } from '../../../src/inference/adapters.js';
import { collect } from '../../../src/inference/collect.js';
import type { InferenceError } from '../../../src/inference/inference-error.js';
import { AdapterHarness } from '../adapter-harness.js';
import { faultOf } from '../fault-of.js';
import { json, type ScriptedAnswer } from '../scripted-provider.js';
import type { Said, Voice } from './voice.js';

export const WAYS = ['whole', 'streamed'] as const;
export type Way = (typeof WAYS)[number];

interface Call {
  readonly request?: InferenceRequest;
  readonly signal?: AbortSignal;
}

/** The adapter that a voice is meant for, in front of a provider that speaks with it. */
export class Bench {
  private constructor(
    private readonly voice: Voice,
    readonly harness: AdapterHarness,
  ) {}

  static async start(voice: Voice): Promise<Bench> {
    const harness = await AdapterHarness.start({
      create: (egress) => new Adapters(egress).for(voice.target('http://127.0.0.1')).load(),
      at: voice.target,
    });
    return new Bench(voice, harness);
  }

  close(): Promise<void> {
    return this.harness.close();
  }

  get provider() {
    return this.harness.provider;
  }

  ask(way: Way, script: ScriptedAnswer, call: Call = {}): Promise<InferenceAnswer> {
    return way === 'whole'
      ? this.harness.invoke(script, call)
      : collect(this.harness.stream(script, call));
  }

  /** What a script fails with: after one request, and without a secret anywhere in the error. */
  async fault(way: Way, script: ScriptedAnswer): Promise<InferenceError> {
    const error = await faultOf(this.ask(way, script));
    expect(this.provider.requests).toHaveLength(1);
    const all = inspect([error, error.message, error.stack, error.cause], { depth: 10 });
    for (const secret of this.voice.secrets) expect(all).not.toContain(secret);
    return error;
  }

  says(way: Way, said: Said, headers: Readonly<Record<string, string>> = {}): ScriptedAnswer {
    if (way === 'whole') return json(this.voice.whole(said), 200, headers);
    const streamed = this.voice.stream(said);
    return {
      headers: { ...streamed.headers, ...headers },
      body: [...streamed.events, ...streamed.stop],
    };
  }
}
