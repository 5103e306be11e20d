import type { Prisma } from '../generated/prisma/client.js';
import { expiryOf, nextAttemptOf } from './expiry.js';
import type { Attempt, Outcome } from './outcome.js';
import { FORMULA_VERSION } from './suite.js';
import type { Verdict } from './verdict.js';

/** The columns a run ends with. */
export type RunResult = Prisma.CertificationRunUpdateManyMutationInput & { completedAt: Date };

/** The columns of the certificate a run changes. */
export type CertificateChange = Prisma.ModelCertificationUpdateManyMutationInput;

/** A run as it was claimed. */
export interface RunFacts {
  readonly id: string;
  readonly startedAt: Date;
  readonly createdBy: string | null;
}

export function runResult(
  verdict: Verdict,
  outcomes: readonly Outcome[],
  attempts: readonly Attempt[],
  completedAt: Date,
): RunResult {
  const quirks = new Set(
    attempts.flatMap(({ exchanges }) => exchanges.flatMap(({ adapted }) => adapted ?? [])),
  );
  return {
    status: verdict.status,
    rating: verdict.rating,
    badge: verdict.badge,
    scores: { ...verdict.scores },
    formulaVersion: FORMULA_VERSION,
    testsPassed: verdict.testsPassed,
    testsFailed: verdict.testsFailed,
    successRate: successRate(verdict),
    avgLatencyMs: latency(outcomes)?.meanMs ?? null,
    metrics: { ...latency(outcomes) },
    costUsd: attempts.reduce((sum, { costUsd }) => sum + costUsd, 0),
    observedQuirks: [...quirks],
    failureReasons: reasons(verdict),
    errorCategory: verdict.error?.category ?? null,
    errorSeverity: verdict.error?.severity ?? null,
    errorMessage: verdict.error?.message ?? null,
    completedAt,
    nextAttemptAt: nextAttemptOf(verdict.status, completedAt),
  };
}

/**
 * A run without verdict leaves the last verdict on the certificate as it is; a verdict replaces it.
 */
export function certificateChange(
  verdict: Verdict,
  outcomes: readonly Outcome[],
  run: RunFacts,
  completedAt: Date,
): CertificateChange {
  const { status, error } = verdict;
  const latestRun: CertificateChange = {
    status,
    lastTestedAt: completedAt,
    lastError: error?.message ?? null,
    startedAt: run.startedAt,
    completedAt,
    duration: Math.max(0, completedAt.getTime() - run.startedAt.getTime()),
    nextAttemptAt: nextAttemptOf(status, completedAt),
  };
  if (status === 'COMPLETED') return latestRun;
  const certified = status !== 'FAILED';
  return {
    ...latestRun,
    lastVerdict: status,
    verdictRunId: run.id,
    passed: certified,
    certifiedAt: certified ? completedAt : null,
    expiresAt: expiryOf(status, completedAt),
    certifiedBy: run.createdBy,
    testsPassed: verdict.testsPassed,
    testsFailed: verdict.testsFailed,
    successRate: successRate(verdict) ?? 0,
    score: verdict.scores.correctness === null ? null : verdict.scores.correctness * 100,
    testResults: outcomes.map(summary),
    avgLatencyMs: latency(outcomes)?.meanMs ?? null,
    metrics: { ...latency(outcomes) },
    failureReasons: reasons(verdict),
    errorCategory: error?.category ?? null,
    errorSeverity: error?.severity ?? null,
    errorMessage: error?.message ?? null,
    rating: verdict.rating,
    badge: verdict.badge,
    scores: { ...verdict.scores },
    ratingUpdatedAt: completedAt,
  };
}

function successRate({ testsPassed, testsFailed }: Verdict): number | null {
  const judged = testsPassed + testsFailed;
  return judged > 0 ? testsPassed / judged : null;
}

function latency(outcomes: readonly Outcome[]): Outcome['metrics'] {
  return outcomes.find(({ kind }) => kind === 'measurement')?.metrics ?? null;
}

function reasons(verdict: Verdict): Prisma.InputJsonObject[] {
  return verdict.failureReasons.map((reason) => ({ ...reason }));
}

function summary(outcome: Outcome): Prisma.InputJsonObject {
  const { probe, claim, verdict, flaky, attempts, reason, message, warnings } = outcome;
  return { probe, claim, verdict, flaky, attempts, reason, message, warnings: [...warnings] };
}
