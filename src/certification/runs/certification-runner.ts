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
import { RunCancellation } from './run-cancellation.js';
import { certificateChange, runResult } from '../validation/run-result.js';
import { decide } from '../validation/verdict.js';

/** Also how long a cancellation may go unnoticed. */
const HEARTBEAT_MS = 1_000;
/** Work under way when the process is told to stop gets this long to end by itself. */
const GRACE_MS = 5_000;

/** A run whose workers keep dying is given up after so many claims. */
const MAX_CLAIMS = 10;

/** What became of a wake-up. */
export type Execution =
  { readonly done: true } | { readonly done: false; readonly busyUntil: Date };

/** Somebody wants the run ended. */
class RunCancelled extends Error {}

interface Work {
  readonly claim: Claim;
  readonly controller: AbortController;
}

/** Carries out one run under a claim: probes, verdict, certificate. */
@Injectable()
export class CertificationRunner {
  private readonly logger = new Logger(CertificationRunner.name);
  private readonly running = new Map<Work, Promise<void>>();
  private heartbeat: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: CertificationRunStore,
    private readonly cancellation: RunCancellation,
    private readonly validation: CapabilityValidationService,
  ) {}

  async execute(runId: string): Promise<Execution> {
    const assignment = await this.store.claim(runId);
    if (!assignment) {
      const busyUntil = await this.store.busyUntil(runId);
      return busyUntil ? { done: false, busyUntil } : { done: true };
    }
    const work: Work = { claim: assignment.claim, controller: new AbortController() };
    const ended = this.work(assignment, work).finally(() => this.running.delete(work));
    this.running.set(work, ended);
    this.heartbeat ??= setInterval(() => void this.beat(), HEARTBEAT_MS);
    await ended;
    return { done: true };
  }

  /** Hands back what does not end within the grace time; another worker goes on with it. */
  async stop(): Promise<void> {
    const ended = Promise.allSettled(this.running.values());
    const timer = setTimeout(() => {
      for (const { controller } of this.running.keys()) controller.abort();
    }, GRACE_MS);
    await ended;
    clearTimeout(timer);
    clearInterval(this.heartbeat);
  }

  private async work(assignment: Assignment, { claim, controller }: Work): Promise<void> {
    try {
      if (claim.fence > MAX_CLAIMS) await this.giveUp(claim);
      else await this.certify(assignment, controller.signal);
    } catch (error) {
      const reason: unknown = controller.signal.reason;
      if (error instanceof ClaimLost || reason instanceof ClaimLost) {
        return this.logger.warn(`The claim ${claim.fence} on run ${claim.runId} is lost.`);
      }
      if (reason instanceof RunCancelled) return this.cancellation.endCancelled(claim);
      if (!controller.signal.aborted) {
        this.logger.error(error instanceof Error ? error : String(error), { runId: claim.runId });
      }
      // Not the provider's fault: the run waits for a worker again.
      await this.store.release(claim);
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

  /** Keeps what is under way, and stops what was cancelled or taken over. */
  private async beat(): Promise<void> {
    const works = [...this.running.keys()];
    if (works.length === 0) return;
    try {
      const held = new Map(
        (await this.store.renew(works.map(({ claim }) => claim))).map((one) => [one.runId, one]),
      );
      for (const { claim, controller } of works) {
        const found = held.get(claim.runId);
        if (!found) controller.abort(new ClaimLost('Renewal refused.'));
        else if (found.cancelled) controller.abort(new RunCancelled());
      }
    } catch (error) {
      this.logger.warn(`Heartbeat: ${String(error)}`);
    }
  }

  private async certify(assignment: Assignment, signal: AbortSignal): Promise<void> {
    const { claim, region, profile, discover, maxCostUsd } = assignment;
    const { costPer1MInput, costPer1MOutput } = assignment;
    const capabilities = readCapabilities(assignment.capabilities);
    // A run that was never claimed before has no attempts yet.
    const attempts = claim.fence === 1 ? [] : await this.store.attempts(claim.runId);
    const outcomes = await this.validation.validate({
      target: targetOf(assignment, region, assignment.userId),
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
