import { Injectable } from '@nestjs/common';

import { exact } from '../../deployments/prices/cost.js';
import type { CertificationProfile, InferenceType } from '../../generated/prisma/client.js';
import { InferenceService } from '../../inference/inference.service.js';
import type { InferenceTarget } from '../../inference/adapter.js';
import type { CapabilitiesDto } from '../../models/capabilities.dto.js';
import { isFail } from '../../shared/probe-verdict.js';
import { hideSecrets } from '../../shared/secrets/hide-secrets.js';
import { traced } from '../../shared/tracing/traced.js';
import { PROBES } from '../probes/index.js';
import type { Probe } from '../probes/probe.js';
import { Budget, type CostOf } from '../session/budget.js';
import { Sender } from '../session/sender.js';
import { transportTo } from '../session/transport.js';
import { AttemptLog } from './attempt-log.js';
import { outcomeOf, spentIn, stopsRun, type Attempt, type Outcome } from './outcome.js';
import { discover, isSettled, runProbe, skipProbe, type ProbeContext } from './probe-runner.js';
import { runsIn } from './suite.js';

const FIRST_BACKOFF_MS = 1_000;

/** What is validated: a deployment in a region, and what its base model claims. */
export interface Validation {
  readonly target: InferenceTarget;
  readonly inferenceType: InferenceType;
  readonly capabilities: CapabilitiesDto;
  readonly profile: CertificationProfile;
  /** Whether to try what is not declared, too. */
  readonly discover: boolean;
  /** In US dollars; null: unbounded. */
  readonly maxCostUsd: number | null;
  readonly costPer1MInput: number;
  readonly costPer1MOutput: number;
  /** Attempts already made by an interrupted run; new ones are added. */
  readonly attempts: Attempt[];
  /** The time, as the database tells it. */
  readonly now: () => Date;
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
    const log = new AttemptLog(validation.record);
    try {
      return await this.runSuite(validation, this.contextOf(validation, log));
    } finally {
      await log.settled();
    }
  }

  private async runSuite(validation: Validation, context: ProbeContext): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const probe of PROBES.filter((one) => runsIn(validation.profile, one.from))) {
      validation.signal.throwIfAborted();
      await this.runOrSkip(probe, validation, context, outcomes);
      const attempts = validation.attempts.filter((attempt) => attempt.probe === probe.name);
      outcomes.push(outcomeOf(probe, attempts));
    }
    return outcomes;
  }

  private async runOrSkip(
    probe: Probe,
    validation: Validation,
    context: ProbeContext,
    before: readonly Outcome[],
  ): Promise<void> {
    const blocker = before.find(
      (outcome) =>
        stopsRun(outcome) || (outcome.probe === probe.foundation && isFail(outcome.verdict)),
    );
    const declared = probe.claim === null || Boolean(context.capabilities[probe.claim]);
    if (!declared && !validation.discover) {
      await skipProbe(probe, context, 'SKIPPED_NOT_DECLARED', `${probe.claim} is not declared.`);
    } else if (isSettled(probe, context, declared)) {
      return;
    } else if (blocker) {
      const why = `${blocker.probe} came out ${blocker.verdict}.`;
      await skipProbe(probe, context, 'SKIPPED_DEPENDENCY', why);
    } else {
      await traced(`probe ${probe.name}`, { 'probe.name': probe.name }, async (span) => {
        await (declared ? runProbe : discover)(probe, context);
        span.setAttribute('probe.verdict', context.attempts.at(-1)?.verdict ?? 'none');
      });
    }
  }

  private contextOf(validation: Validation, log: AttemptLog): ProbeContext {
    const { target, inferenceType, capabilities, profile, attempts, now, signal } = validation;
    const { maxCostUsd } = validation;
    const costOf = costBy(validation);
    const sender = new Sender({
      transport: transportTo(this.inference, target, signal),
      hide: hideSecrets,
      signal,
      budget: new Budget(maxCostUsd, spentIn(attempts), costOf, capabilities.maxContextWindow),
      backoffMs: FIRST_BACKOFF_MS,
    });
    const standing = () => this.inference.standing(target, inferenceType, signal);
    const record = (attempt: Attempt) => log.add(attempt);
    return { capabilities, profile, sender, standing, costOf, attempts, now, record };
  }
}

/** By the deployment's own prices per million tokens. */
function costBy({
  costPer1MInput,
  costPer1MOutput,
}: Pick<Validation, 'costPer1MInput' | 'costPer1MOutput'>): CostOf {
  return ({ inputTokens, outputTokens }) =>
    exact((inputTokens * costPer1MInput + outputTokens * costPer1MOutput) / 1_000_000);
}
