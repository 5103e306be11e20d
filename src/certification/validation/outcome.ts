import type { CertificationProfile, ProbeVerdict } from '../../generated/prisma/client.js';
import { CATEGORIES, type ErrorCategory } from '../../inference/inference-error.js';
import type { ClaimName } from '../../models/capabilities.js';
import { isJudged, isPass } from '../../shared/probe-verdict.js';
import type { Probe, ProbeKind, ProbeMetrics } from '../probes/probe.js';
import type { Exchange, Fault } from '../session/exchange.js';

/** One attempt of one probe, as stored. */
export interface Attempt {
  readonly probe: string;
  /** From 1. */
  readonly attempt: number;
  readonly verdict: ProbeVerdict;
  readonly reason: string | null;
  readonly message: string | null;
  readonly warnings: readonly string[];
  readonly metrics: ProbeMetrics | null;
  readonly exchanges: readonly Exchange[];
  readonly costUsd: number;
  readonly startedAt: Date;
  readonly completedAt: Date;
}

/** What a probe's attempts come to. */
export interface Outcome {
  readonly probe: string;
  readonly kind: ProbeKind;
  readonly claim: ClaimName | null;
  readonly verdict: ProbeVerdict;
  /** Its attempts did not agree. */
  readonly flaky: boolean;
  /** Attempts that were judged, and those of them that passed. */
  readonly attempts: number;
  readonly passes: number;
  readonly reason: string | null;
  readonly message: string | null;
  readonly warnings: readonly string[];
  readonly metrics: ProbeMetrics | null;
  /** The fault behind it, when it is a fault. */
  readonly category: ErrorCategory | null;
  readonly requestId: string | null;
}

/** Warning of a pass whose feature was rejected once before it was accepted. */
export const REJECTED_ONCE = 'REJECTED_ONCE';

/** Faults that stay until somebody changes something: the run fails, whatever the model can do. */
export const PERMANENT: ReadonlySet<ErrorCategory> = new Set([
  'AUTHENTICATION_ERROR',
  'PERMISSION_ERROR',
  'CONFIGURATION_ERROR',
  'PROVISIONING_REQUIRED',
  'MODEL_LIFECYCLE',
  'UNAVAILABLE',
]);

const VOTES_NEEDED = 2;
/** Attempts of every repeatable probe in the profile `deep`, whatever the first ones say. */
export const DEEP_ATTEMPTS = 3;

/** Whether no further attempt is owed: one pass at once, else two of three, or a certain answer. */
export function isConcluded(
  probe: Probe,
  attempts: readonly Attempt[],
  profile: CertificationProfile,
): boolean {
  const last = attempts.at(-1);
  if (!last) return false;
  if (last.verdict === 'INCONCLUSIVE_POLICY') {
    return attempts.filter(({ verdict }) => verdict === 'INCONCLUSIVE_POLICY').length > 1;
  }
  if (!isVote(last) || !probe.repeatable) return true;
  const votes = attempts.filter(isVote);
  if (profile === 'deep') return votes.length >= DEEP_ATTEMPTS;
  const passes = votes.filter(({ verdict }) => isPass(verdict)).length;
  const fails = votes.length - passes;
  return (passes === 1 && fails === 0) || passes >= VOTES_NEEDED || fails >= VOTES_NEEDED;
}

/** US dollars, for all of them. */
export function spentIn(attempts: readonly Attempt[]): number {
  return attempts.reduce((sum, { costUsd }) => sum + costUsd, 0);
}

/** The last attempt decides, or the majority where it is one voice among several. */
export function outcomeOf(probe: Probe, attempts: readonly Attempt[]): Outcome {
  const deciding = decidingOf(attempts);
  if (!deciding) throw new Error(`The probe ${probe.name} was never attempted.`);
  const judged = attempts.filter(({ verdict }) => isJudged(verdict));
  return {
    probe: probe.name,
    kind: probe.kind,
    claim: probe.claim,
    verdict: deciding.verdict,
    flaky:
      new Set(judged.map(({ verdict }) => isPass(verdict))).size > 1 ||
      deciding.warnings.includes(REJECTED_ONCE),
    attempts: judged.length,
    passes: judged.filter(({ verdict }) => isPass(verdict)).length,
    reason: deciding.reason,
    message: deciding.message,
    warnings: [...new Set(judged.flatMap(({ warnings }) => warnings))],
    metrics: deciding.metrics,
    category: categoryOf(deciding),
    requestId: lastFaultOf(deciding)?.requestId ?? deciding.exchanges.at(-1)?.requestId ?? null,
  };
}

function decidingOf(attempts: readonly Attempt[]): Attempt | undefined {
  const last = attempts.at(-1);
  if (!last || !isVote(last)) return last;
  const votes = attempts.filter(isVote);
  const passes = votes.filter(({ verdict }) => isPass(verdict)).length;
  const passed = passes > votes.length - passes;
  return votes.findLast(({ verdict }) => isPass(verdict) === passed) ?? last;
}

/** Whether an attempt may have come out as it did by chance, so that others are heard too. */
function isVote({ verdict }: Attempt): boolean {
  return isPass(verdict) || verdict === 'FAIL_BEHAVIOUR';
}

function categoryOf(attempt: Attempt): ErrorCategory | null {
  const { verdict, reason, exchanges } = attempt;
  switch (verdict) {
    case 'FAIL_CAPABILITY':
      return 'CAPABILITY_UNSUPPORTED';
    case 'INCONCLUSIVE_TRANSIENT':
    case 'INCONCLUSIVE_CONFIG':
    case 'INCONCLUSIVE_POLICY':
      if (isCategory(reason)) return reason;
      return lastFaultOf(attempt)?.category ?? null;
    case 'FAIL_BEHAVIOUR':
      return isUnreadable(exchanges.at(-1)) ? 'PROTOCOL_ERROR' : 'QUALITY_ISSUE';
    case 'SKIPPED_BUDGET':
      return 'BUDGET_EXCEEDED';
    default:
      return null;
  }
}

/** The last thing that went wrong in an attempt; undefined: nothing did. */
export function lastFaultOf({ exchanges }: Attempt): Fault | undefined {
  return exchanges.flatMap(({ faults }) => faults).at(-1);
}

/** Whether the attempt ended with an answer that nobody could read, which is not the model's work. */
function isUnreadable(last: Exchange | undefined): boolean {
  return last?.answered === false && last.faults.at(-1)?.category === 'PROTOCOL_ERROR';
}

function isCategory(reason: string | null): reason is ErrorCategory {
  return reason !== null && Object.hasOwn(CATEGORIES, reason);
}

export function isPermanent({ verdict, category }: Outcome): boolean {
  return verdict === 'INCONCLUSIVE_CONFIG' && category !== null && PERMANENT.has(category);
}

/** Whether the run learns nothing more after it: the gate is shut, or a fault stays. */
export function stopsRun(outcome: Outcome): boolean {
  const { kind, verdict, category } = outcome;
  if (kind === 'gate') return !isPass(verdict);
  const lasting = verdict === 'INCONCLUSIVE_CONFIG' && category !== null && isLasting(category);
  return lasting || isPermanent(outcome);
}

/** Whether every further request would meet the fault, for minutes or hours. */
function isLasting(category: ErrorCategory): boolean {
  const { retryClass } = CATEGORIES[category];
  return retryClass === 'after_minutes' || retryClass === 'after_hours';
}

export function isInconclusive(verdict: ProbeVerdict): boolean {
  return verdict.startsWith('INCONCLUSIVE_');
}

/** Verdicts that say nothing: whoever tries again asks for them anew. */
export const UNSETTLED: readonly ProbeVerdict[] = [
  'INCONCLUSIVE_TRANSIENT',
  'INCONCLUSIVE_CONFIG',
  'INCONCLUSIVE_POLICY',
  'SKIPPED_DEPENDENCY',
  'SKIPPED_BUDGET',
];

/** Whether a probe of this kind can fail, and so counts among the tests. */
export function isTest({ kind }: Pick<Outcome, 'kind'>): boolean {
  return kind === 'gate' || kind === 'core' || kind === 'other';
}
