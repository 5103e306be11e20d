import { Injectable, Logger } from '@nestjs/common';

import { targetOf } from '../../deployments/target.js';
import { readCapabilities } from '../../models/capabilities.js';
import { retryWhileDatabaseIsAway } from '../../shared/database/retry.js';
import { CapabilityValidationService } from '../validation/capability-validation.service.js';
import {
  CertificationRunStore,
  ClaimLost,
  type Assignment,
  type Claim,
} from './certification-run.store.js';
import { certificateChange, runResult } from '../validation/run-result.js';
import { decide } from '../validation/verdict.js';

const HEARTBEAT_MS = 2_000;
/** Work under way when the process is told to stop gets this long to end by itself. */
const GRACE_MS = 5_000;

/** A run whose workers keep dying is given up after so many claims. */
const MAX_CLAIMS = 10;

/** What became of a wake-up. */
export type Execution =
  { readonly done: true } | { readonly done: false; readonly busyUntil: Date };

/** Carries out one run under a claim: probes, verdict, certificate. */
@Injectable()
export class CertificationRunner {
  private readonly logger = new Logger(CertificationRunner.name);
  private readonly running = new Map<AbortController, Promise<void>>();

  constructor(
    private readonly store: CertificationRunStore,
    private readonly validation: CapabilityValidationService,
  ) {}

  async execute(runId: string): Promise<Execution> {
    const assignment = await this.store.claim(runId);
    if (!assignment) {
      const busyUntil = await this.store.busyUntil(runId);
      return busyUntil ? { done: false, busyUntil } : { done: true };
    }
    const controller = new AbortController();
    const work = this.work(assignment, controller).finally(() => this.running.delete(controller));
    this.running.set(controller, work);
    await work;
    return { done: true };
  }

  /** Hands back what does not end within the grace time; another worker goes on with it. */
  async stop(): Promise<void> {
    const ended = Promise.allSettled(this.running.values());
    const timer = setTimeout(() => {
      for (const controller of this.running.keys()) controller.abort();
    }, GRACE_MS);
    await ended;
    clearTimeout(timer);
  }

  private async work(assignment: Assignment, controller: AbortController): Promise<void> {
    const { claim } = assignment;
    const heartbeat = setInterval(() => void this.beat(claim, controller), HEARTBEAT_MS);
    try {
      if (claim.fence > MAX_CLAIMS) await this.giveUp(claim);
      else await this.certify(assignment, controller.signal);
    } catch (error) {
      if (error instanceof ClaimLost) return this.logger.warn(error.message);
      if (!controller.signal.aborted) {
        this.logger.error(error instanceof Error ? error : String(error), { runId: claim.runId });
      }
      // Not the provider's fault: the run waits for a worker again.
      await this.store.release(claim);
    } finally {
      clearInterval(heartbeat);
    }
  }

  /** Says nothing about the deployment: its last verdict stays. */
  private async giveUp(claim: Claim): Promise<void> {
    const errorMessage = `Given up: ${MAX_CLAIMS} workers died or failed on this run.`;
    const fault = { errorCategory: 'WORKER_LOST', errorSeverity: 'HIGH', errorMessage };
    await this.store.finish(
      claim,
      { status: 'FAILED', ...fault, completedAt: new Date() },
      { status: 'FAILED', lastError: errorMessage },
    );
  }

  private async beat(claim: Claim, controller: AbortController): Promise<void> {
    try {
      if (!(await this.store.renew(claim))) controller.abort(new ClaimLost('Renewal refused.'));
    } catch (error) {
      this.logger.warn(`Heartbeat of run ${claim.runId}: ${String(error)}`);
    }
  }

  private async certify(assignment: Assignment, signal: AbortSignal): Promise<void> {
    const { claim, region, profile, discover, maxCostUsd } = assignment;
    const { costPer1MInput, costPer1MOutput } = assignment;
    const capabilities = readCapabilities(assignment.capabilities);
    // A run that was never claimed before has no attempts yet.
    const attempts = claim.fence === 1 ? [] : await this.store.attempts(claim.runId);
    const outcomes = await this.validation.validate({
      target: targetOf(assignment, region),
      capabilities,
      profile,
      discover,
      maxCostUsd,
      costPer1MInput,
      costPer1MOutput,
      attempts,
      record: (attempt) => retryWhileDatabaseIsAway(() => this.store.record(claim, attempt)),
      signal,
    });
    const verdict = decide({ capabilities, profile, region }, outcomes, attempts);
    const now = new Date();
    const facts = { ...assignment, id: claim.runId };
    await retryWhileDatabaseIsAway(() =>
      this.store.finish(
        claim,
        runResult(verdict, outcomes, attempts, now),
        certificateChange(verdict, outcomes, facts, now),
      ),
    );
  }
}
