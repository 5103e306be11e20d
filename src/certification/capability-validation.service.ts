import { Injectable } from '@nestjs/common';

import { InferenceService } from '../inference/inference.service.js';
import type { InferenceTarget, InferenceRequest } from '../inference/adapter.js';
import { collect } from '../inference/collect.js';
import type { CapabilitiesDto } from '../models/capabilities.dto.js';
import { isPass, outcomeOf, type Attempt, type Outcome } from './outcome.js';
import { runProbe, skipProbe, type ProbeContext } from './probe-runner.js';
import { PROBES } from './probes/index.js';
import type { Probe } from './probes/probe.js';
import type { Exchange } from './session/exchange.js';
import { Sender, type Received } from './session/sender.js';

const FIRST_BACKOFF_MS = 1_000;

/** What is validated: a deployment in a region, and what its base model claims. */
export interface Validation {
  readonly target: InferenceTarget;
  readonly capabilities: CapabilitiesDto;
  readonly costPer1MInput: number;
  readonly costPer1MOutput: number;
  /** Attempts already made by an interrupted run; new ones are added. */
  readonly attempts: Attempt[];
  /** Stores an attempt; returns once it is safe. */
  readonly record: (attempt: Attempt) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Puts the declared capabilities to the test, probe by probe. */
@Injectable()
export class CapabilityValidationService {
  constructor(private readonly inference: InferenceService) {}

  /**
   * Runs the suite; what earlier attempts settled is not asked again.
   * @throws whatever `record` throws, and InferenceError CANCELLED after an abort
   */
  async validate(validation: Validation): Promise<Outcome[]> {
    const context = this.contextOf(validation);
    const outcomes: Outcome[] = [];
    for (const probe of PROBES) {
      validation.signal.throwIfAborted();
      await this.runOrSkip(probe, context, outcomes);
      const attempts = validation.attempts.filter((attempt) => attempt.probe === probe.name);
      outcomes.push(outcomeOf(probe, attempts));
    }
    return outcomes;
  }

  private async runOrSkip(
    probe: Probe,
    context: ProbeContext,
    before: readonly Outcome[],
  ): Promise<void> {
    const blocker = before.find(
      ({ kind, verdict }) =>
        (kind === 'gate' && !isPass(verdict)) || verdict === 'INCONCLUSIVE_CONFIG',
    );
    if (probe.claim && !context.capabilities[probe.claim]) {
      await skipProbe(probe, context, 'SKIPPED_NOT_DECLARED', `${probe.claim} is not declared.`);
    } else if (blocker) {
      const why = `${blocker.probe} came out ${blocker.verdict}.`;
      await skipProbe(probe, context, 'SKIPPED_DEPENDENCY', why);
    } else {
      await runProbe(probe, context);
    }
  }

  private contextOf(validation: Validation): ProbeContext {
    const { target, capabilities, attempts, record, signal } = validation;
    const sender = new Sender({
      transport: (request, streamed) => this.transport(target, request, streamed, signal),
      hide: (text) => this.inference.withoutSecrets(text),
      signal,
      backoffMs: FIRST_BACKOFF_MS,
    });
    const costOf = (exchanges: readonly Exchange[]) => cost(exchanges, validation);
    return { capabilities, sender, costOf, attempts, record };
  }

  private async transport(
    target: InferenceTarget,
    request: InferenceRequest,
    streamed: boolean,
    signal: AbortSignal,
  ): Promise<Received> {
    if (!streamed) {
      const answer = await this.inference.invoke(target, request, signal);
      return { answer, firstTokenMs: null, events: null };
    }
    const answer = await collect(this.inference.stream(target, request, signal));
    return { answer, firstTokenMs: answer.firstTokenMs, events: answer.chunks.length };
  }
}

/** US dollars, by the deployment's own prices per million tokens. */
function cost(
  exchanges: readonly Exchange[],
  prices: Pick<Validation, 'costPer1MInput' | 'costPer1MOutput'>,
): number {
  let perMillion = 0;
  for (const { usage } of exchanges) {
    perMillion += (usage?.inputTokens ?? 0) * prices.costPer1MInput;
    perMillion += (usage?.outputTokens ?? 0) * prices.costPer1MOutput;
  }
  return perMillion / 1_000_000;
}
