import { Injectable, Logger } from '@nestjs/common';

import { targetOf } from '../../deployments/target.js';
import { CATEGORIES, type Severity } from '../../inference/inference-error.js';
import { readCapabilities } from '../../models/capabilities.js';
import { Config } from '../../shared/config.js';
import { retryWhileDatabaseIsAway } from '../../shared/database/retry.js';
import { addToContext } from '../../shared/logging/log-context.js';
import { traced, untraced } from '../../shared/tracing/traced.js';
import { CertificationQueue, type Wakeable } from '../queue/certification-queue.js';
import { CapabilityValidationService } from '../validation/capability-validation.service.js';
import { certificateChange, runResult } from '../validation/run-result.js';
import type { Attempt } from '../validation/outcome.js';
import { decide, type Verdict } from '../validation/verdict.js';
import { AttemptStore } from './attempt-store.js';
import { CertificationRunStore, type Assignment } from './certification-run.store.js';
import { ClaimLost, type Claim } from './claim.js';
import { CertificationNews } from './certification-news.js';
import { Heartbeat, RunCancelled, type Work } from './heartbeat.js';
import { RunCancellation } from './run-cancellation.js';
import { waitBeforeRetry } from './run-retry.js';
import { WaitingRuns } from './waiting-runs.js';

/** Work under way when the process is told to stop gets this long to end by itself. */
const GRACE_MS = 5_000;

/** A run is given up after so many workers died or failed on it. */
const MAX_LOST_WORKERS = 5;

/** Why a run is given up. */
interface Fault {
  readonly errorCategory: string;
  readonly errorSeverity: Severity;
  readonly errorMessage: string;
}

const LOST: Fault = {
  errorCategory: 'WORKER_LOST',
  errorSeverity: 'HIGH',
  errorMessage: `Given up: ${MAX_LOST_WORKERS} workers died or failed on this run.`,
};

/** What became of a wake-up: nothing is left to do, or another look is due. */
export type Execution = 'over' | { readonly waitMs: number };

/** Carries out one run under a claim: probes, verdict, certificate. */
@Injectable()
export class CertificationRunner {
  private readonly logger = new Logger(CertificationRunner.name);
  private readonly running = new Set<Work>();
  private graceIsOver = false;

  constructor(
    private readonly config: Config,
    private readonly store: CertificationRunStore,
    private readonly attempts: AttemptStore,
    private readonly waiting: WaitingRuns,
    private readonly queue: CertificationQueue,
    private readonly cancellation: RunCancellation,
    private readonly heartbeat: Heartbeat,
    private readonly validation: CapabilityValidationService,
    private readonly news: CertificationNews,
  ) {}

  async execute(runId: string): Promise<Execution> {
    const assignment = await this.store.claim(runId, this.config.providerConcurrency);
    if (!assignment) return this.lookAgain(runId);
    const { deploymentRowId: deploymentId, userId } = assignment;
    addToContext({ deploymentId, ...(userId !== null && { userId }) });
    const work: Work = { claim: assignment.claim, controller: new AbortController() };
    if (this.graceIsOver) work.controller.abort();
    this.running.add(work);
    this.heartbeat.start(work);
    try {
      await traced('certification run', attributesOf(assignment), () =>
        this.work(assignment, work),
      );
    } finally {
      this.running.delete(work);
      this.heartbeat.end(work);
    }
    await this.handOver(assignment.providerId);
    return 'over';
  }

  /**
   * Hands back what does not end within the grace time or is claimed after it; another worker goes
   * on with it.
   * @param idle settles once nothing is under way any more and nothing can be claimed
   */
  async stop(idle: Promise<void>): Promise<void> {
    const timer = setTimeout(() => {
      this.graceIsOver = true;
      for (const { controller } of this.running) controller.abort();
    }, GRACE_MS);
    await idle.finally(() => clearTimeout(timer));
  }

  private async lookAgain(runId: string): Promise<Execution> {
    const run = await this.waiting.unclaimed(runId);
    if (!run) return 'over'; // removed with its deployment
    if (run.waitMs !== null) return { waitMs: run.waitMs };
    // A slot may have come free after the claim was refused and before it was noted to wait.
    await this.handOver(run.providerId);
    return 'over';
  }

  /** Wakes runs that wait for a slot of a provider: others' runs, which are no part of this one. */
  private async handOver(providerId: string): Promise<void> {
    try {
      const runs = await this.waiting.handOver(providerId);
      await untraced(() => this.wake(runs));
    } catch (error) {
      this.logger.warn(`Hand-over: ${String(error)}`); // the reconciler does it
    }
  }

  private async wake(runs: readonly Wakeable[]): Promise<void> {
    if (runs.length > 0) await this.queue.wake(runs);
  }

  private async work(assignment: Assignment, { claim, controller }: Work): Promise<void> {
    try {
      if (assignment.cancelled) await this.cancellation.endCancelled(claim);
      else if (assignment.lostWorkers >= MAX_LOST_WORKERS) await this.giveUp(assignment, LOST);
      else if (assignment.off !== null) await this.giveUp(assignment, faultOf(assignment.off));
      else await this.certify(assignment, controller.signal);
    } catch (error) {
      const reason: unknown = controller.signal.reason;
      const lost = [error, reason].find((one) => one instanceof ClaimLost);
      if (lost) return this.logger.warn(lost.message);
      if (reason instanceof RunCancelled) return this.cancellation.endCancelled(claim);
      if (controller.signal.aborted) return this.putBack(claim, this.waiting.handBack(claim));
      this.logger.error(error instanceof Error ? error : String(error));
      return this.putBack(claim, this.waiting.putBackFailed(claim));
    }
  }

  /** Wakes a run that was put back when its time comes; one that was to be cancelled ends. */
  private async putBack(claim: Claim, puttingBack: Promise<Wakeable | null>): Promise<void> {
    const run = await puttingBack;
    await (run ? this.wake([run]) : this.cancellation.endCancelled(claim));
  }

  /** Says nothing about the deployment: its last verdict stays. */
  private async giveUp({ claim, now }: Assignment, fault: Fault): Promise<void> {
    await this.store.finish(
      claim,
      { status: 'FAILED', ...fault, completedAt: now() },
      { status: 'FAILED', lastError: fault.errorMessage },
    );
  }

  private async certify(assignment: Assignment, signal: AbortSignal): Promise<void> {
    const { claim, region, profile, discover, maxCostUsd } = assignment;
    const { inferenceType, costPer1MInput, costPer1MOutput } = assignment;
    const capabilities = readCapabilities(assignment.capabilities);
    // A run that was never claimed before has no attempts yet.
    const attempts = claim.fence === 1 ? [] : await this.attempts.of(claim.runId);
    const outcomes = await this.validation.validate({
      target: targetOf(assignment, region, assignment.userId),
      inferenceType,
      capabilities,
      profile,
      discover,
      maxCostUsd,
      costPer1MInput,
      costPer1MOutput,
      attempts,
      now: assignment.now,
      record: (attempt) => this.record(claim, attempt),
      signal,
    });
    const verdict = decide({ capabilities, profile, region }, outcomes, attempts);
    const now = assignment.now();
    const result = runResult(verdict, outcomes, attempts, now);
    if (verdict.status === 'COMPLETED') {
      const firstWaitMs = this.config.certificationRetrySeconds * 1_000;
      const waitMs = waitBeforeRetry({ outcomes, attempts, ...assignment }, firstWaitMs, now);
      if (waitMs !== null) return this.tryLater(claim, waitMs, verdict);
    }
    const facts = { id: claim.runId, ...assignment };
    await retryWhileDatabaseIsAway(() =>
      this.store.finish(claim, result, certificateChange(verdict, outcomes, facts, now)),
    );
  }

  private async record(claim: Claim, attempt: Attempt): Promise<void> {
    await retryWhileDatabaseIsAway(() => this.attempts.record(claim, attempt));
    this.news.attempted(attempt);
  }

  private tryLater(claim: Claim, waitMs: number, { error }: Verdict): Promise<void> {
    const why = {
      errorCategory: error?.category ?? null,
      errorSeverity: error?.severity ?? null,
      errorMessage: error?.message ?? null,
    };
    return this.putBack(
      claim,
      retryWhileDatabaseIsAway(() => this.waiting.tryLater(claim, waitMs, why)),
    );
  }
}

/** What was asked for is switched off, or not offered in its region any more. */
function faultOf(off: string): Fault {
  const errorCategory = 'CONFIGURATION_ERROR';
  const errorSeverity = CATEGORIES[errorCategory].severity;
  return { errorCategory, errorSeverity, errorMessage: `Given up: ${off}.` };
}

function attributesOf({ claim, deploymentId, region, profile }: Assignment) {
  return {
    'certification.run.id': claim.runId,
    'certification.run.fence': claim.fence,
    'certification.deployment': deploymentId,
    'certification.region': region,
    'certification.profile': profile,
  };
}
