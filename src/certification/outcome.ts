import type { ProbeVerdict } from '../generated/prisma/client.js';
import type { ErrorCategory } from '../inference/inference-error.js';
import type { Claim, Probe, ProbeKind, ProbeMetrics } from './probes/probe.js';
import type { Exchange } from './session/exchange.js';

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
  readonly claim: Claim | null;
  readonly verdict: ProbeVerdict;
  /** Its attempts did not agree. */
  readonly flaky: boolean;
  readonly attempts: number;
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

const VOTES_NEEDED = 2;

/** Whether no further attempt is owed: one pass at once, else two of three, or a certain answer. */
export function isConcluded(probe: Probe, attempts: readonly Attempt[]): boolean {
  const last = attempts.at(-1);
  if (!last) return false;
  if (last.verdict === 'INCONCLUSIVE_POLICY') {
    return attempts.filter(({ verdict }) => verdict === 'INCONCLUSIVE_POLICY').length > 1;
  }
  if (!isPass(last.verdict) && last.verdict !== 'FAIL_BEHAVIOUR') return true;
  const passes = attempts.filter(({ verdict }) => isPass(verdict)).length;
  const fails = attempts.filter(({ verdict }) => verdict === 'FAIL_BEHAVIOUR').length;
  if (!probe.repeatable || (passes === 1 && fails === 0)) return true;
  return passes >= VOTES_NEEDED || fails >= VOTES_NEEDED;
}

/** The last attempt decides: {@link isConcluded} stops as soon as the vote is won. */
export function outcomeOf(probe: Probe, attempts: readonly Attempt[]): Outcome {
  const last = attempts.at(-1);
  if (!last) throw new Error(`The probe ${probe.name} was never attempted.`);
  const judged = attempts.filter(({ verdict }) => isPass(verdict) || isFail(verdict));
  const fault = last.exchanges.flatMap(({ faults }) => faults).at(-1);
  return {
    probe: probe.name,
    kind: probe.kind,
    claim: probe.claim,
    verdict: last.verdict,
    flaky:
      new Set(judged.map(({ verdict }) => isPass(verdict))).size > 1 ||
      last.warnings.includes(REJECTED_ONCE),
    attempts: judged.length,
    reason: last.reason,
    message: last.message,
    warnings: [...new Set(judged.flatMap(({ warnings }) => warnings))],
    metrics: last.metrics,
    category: categoryOf(last),
    requestId: fault?.requestId ?? last.exchanges.at(-1)?.requestId ?? null,
  };
}

function categoryOf({ verdict, exchanges }: Attempt): ErrorCategory | null {
  switch (verdict) {
    case 'FAIL_CAPABILITY':
      return 'CAPABILITY_UNSUPPORTED';
    case 'INCONCLUSIVE_TRANSIENT':
    case 'INCONCLUSIVE_CONFIG':
    case 'INCONCLUSIVE_POLICY':
      return exchanges.flatMap(({ faults }) => faults).at(-1)?.category ?? 'UNKNOWN_ERROR';
    case 'FAIL_BEHAVIOUR':
      return 'QUALITY_ISSUE';
    default:
      return null;
  }
}

export function isPass(verdict: ProbeVerdict): boolean {
  return verdict === 'PASS' || verdict === 'PASS_WITH_WARNING';
}

export function isFail(verdict: ProbeVerdict): boolean {
  return verdict === 'FAIL_CAPABILITY' || verdict === 'FAIL_BEHAVIOUR';
}

export function isInconclusive(verdict: ProbeVerdict): boolean {
  return verdict.startsWith('INCONCLUSIVE_');
}
