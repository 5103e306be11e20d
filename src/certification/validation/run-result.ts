import type { CertificationProfile, Prisma } from '../../generated/prisma/client.js';
import { isFail } from '../../shared/probe-verdict.js';
import { expiryOf, nextAttemptOf } from './expiry.js';
import type { Attempt, Outcome } from './outcome.js';
import { FORMULA_VERSION } from './rating.js';
import { runsIn } from './suite.js';
import type { Verdict } from './verdict.js';

/** The column is an integer of 32 bits; a run may be put back and taken up again for longer. */
const LONGEST_MS = 2_147_483_647;

/** The columns a run ends with; what it cost is the sum of its recorded attempts. */
export type RunResult = Prisma.CertificationRunUpdateManyMutationInput & { completedAt: Date };

/** The columns of the certificate a run changes. */
export type CertificateChange = Prisma.ModelCertificationUpdateManyMutationInput;

/** A run as it was claimed. */
export interface RunFacts {
  readonly id: string;
  readonly profile: CertificationProfile;
  readonly suiteVersion: string;
  readonly inputsHash: string;
  /** Profile of the verdict on the certificate, while that one stands; null: none does. */
  readonly standingProfile: CertificationProfile | null;
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
    observedQuirks: [...quirks],
    refuted: refutedIn(outcomes),
    suggested: suggestedIn(outcomes),
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
    duration: Math.min(Math.max(0, completedAt.getTime() - run.startedAt.getTime()), LONGEST_MS),
    nextAttemptAt: nextAttemptOf(status, completedAt),
  };
  const certified = status !== 'FAILED';
  if (status === 'COMPLETED' || (certified && saysLess(verdict, run))) return latestRun;
  return {
    lastVerdict: status,
    verdictRunId: run.id,
    passed: certified,
    certifiedAt: certified ? completedAt : null,
    expiresAt: expiryOf(status, completedAt),
    certifiedBy: run.createdBy,
    profile: run.profile,
    suiteVersion: run.suiteVersion,
    formulaVersion: FORMULA_VERSION,
    inputsHash: run.inputsHash,
    refuted: refutedIn(outcomes),
    suggested: suggestedIn(outcomes),
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
    ...latestRun,
  };
}

/** A shallow look that finds nothing wrong takes nothing from a deeper one that still stands. */
function saysLess({ testsFailed }: Verdict, { profile, standingProfile }: RunFacts): boolean {
  return testsFailed === 0 && standingProfile !== null && !runsIn(profile, standingProfile);
}

function refutedIn(outcomes: readonly Outcome[]): string[] {
  return outcomes.flatMap(({ claim, verdict }) => (claim && isFail(verdict) ? [claim] : []));
}

function suggestedIn(outcomes: readonly Outcome[]): string[] {
  return outcomes.flatMap(({ claim, verdict }) =>
    claim && verdict === 'INFO_UNDECLARED_SUPPORTED' ? [claim] : [],
  );
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
  const { warnings, metrics, kind: _kind, category: _category, requestId: _id, ...rest } = outcome;
  return { warnings: [...warnings], metrics: metrics && { ...metrics }, ...rest };
}
