import type { CertificationStatus } from '../generated/prisma/client.js';
import { CATEGORIES, type ErrorCategory, type Severity } from '../inference/inference-error.js';
import type { CapabilitiesDto } from '../models/capabilities.dto.js';
import { isFail, isInconclusive, isPass, type Attempt, type Outcome } from './outcome.js';
import type { Claim } from './probes/probe.js';
import { isRequired, rate, type Rating } from './rating.js';

/** Why a run ended as it did; one per probe that did not simply pass. */
export interface FailureReason {
  readonly probe: string;
  readonly verdict: string;
  readonly reason: string | null;
  readonly message: string | null;
  readonly category: ErrorCategory | null;
  readonly requestId: string | null;
}

/** What a run comes to. */
export interface Verdict extends Rating {
  readonly status: Extract<
    CertificationStatus,
    'CERTIFIED' | 'QUALITY_WARNING' | 'FAILED' | 'COMPLETED'
  >;
  readonly testsPassed: number;
  readonly testsFailed: number;
  readonly failureReasons: readonly FailureReason[];
  readonly error: { category: ErrorCategory; severity: Severity; message: string } | null;
}

/** Faults that stay until somebody changes something: the run fails, whatever the model can do. */
const PERMANENT: ReadonlySet<ErrorCategory> = new Set([
  'AUTHENTICATION_ERROR',
  'PERMISSION_ERROR',
  'CONFIGURATION_ERROR',
  'PROVISIONING_REQUIRED',
  'MODEL_LIFECYCLE',
  'UNAVAILABLE',
]);

/** The claims a certificate is refused for; those without a probe yet can only be left untested. */
const CORE_CLAIMS: readonly Claim[] = ['streaming', 'vision', 'functionCalling'];
const SLOW_TTFT_MS = 5_000;
const LEAST_CERTIFIED_RATING = 3;
const SEVERITIES: readonly Severity[] = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];

export function decide(
  capabilities: CapabilitiesDto,
  outcomes: readonly Outcome[],
  attempts: readonly Attempt[],
): Verdict {
  const gate = outcomes.find(({ kind }) => kind === 'gate');
  const permanent = outcomes.find(isPermanent);
  const gateFailed = !gate || isFail(gate.verdict) || isPermanent(gate);
  const rating = rate(outcomes, attempts, gateFailed);
  const warnings = qualityWarnings(capabilities, outcomes);
  const status = statusOf(outcomes, gateFailed || permanent !== undefined, rating, warnings);
  const tests = outcomes.filter(({ kind }) => kind !== 'measurement');
  const failureReasons = [...reasonsOf(outcomes), ...warnings];
  return {
    ...rating,
    ...(status === 'COMPLETED' && { rating: null, badge: null }),
    status,
    testsPassed: tests.filter(({ verdict }) => isPass(verdict)).length,
    testsFailed: tests.filter(({ verdict }) => isFail(verdict)).length,
    failureReasons,
    error: worst(failureReasons),
  };
}

function statusOf(
  outcomes: readonly Outcome[],
  refused: boolean,
  { rating }: Rating,
  warnings: readonly FailureReason[],
): Verdict['status'] {
  if (refused) return 'FAILED';
  if (outcomes.some(({ kind, verdict }) => kind === 'core' && isFail(verdict))) return 'FAILED';
  const open = outcomes.filter(isRequired).filter(({ verdict }) => !isPass(verdict));
  if (open.length > 0) return 'COMPLETED';
  const imperfect = outcomes.some(({ verdict }) => isFail(verdict)) || warnings.length > 0;
  if (imperfect || rating === null || rating < LEAST_CERTIFIED_RATING) return 'QUALITY_WARNING';
  return 'CERTIFIED';
}

function isPermanent({ verdict, category }: Outcome): boolean {
  return verdict === 'INCONCLUSIVE_CONFIG' && category !== null && PERMANENT.has(category);
}

/** What a passing deployment may still be reproached with. */
function qualityWarnings(
  capabilities: CapabilitiesDto,
  outcomes: readonly Outcome[],
): FailureReason[] {
  const warn = (probe: string, reason: string, message: string): FailureReason => ({
    probe,
    verdict: 'WARNING',
    reason,
    message,
    category: null,
    requestId: null,
  });
  const found = outcomes.flatMap(({ probe, kind, verdict, flaky, warnings, metrics }) => [
    ...(isPass(verdict) ? warnings : []).map((reason) => warn(probe, reason, `Passed: ${reason}.`)),
    ...(kind === 'core' && isPass(verdict) && flaky
      ? [warn(probe, 'FLAKY', 'Passed two of three attempts.')]
      : []),
    ...((metrics?.ttftP50Ms ?? 0) > SLOW_TTFT_MS
      ? [warn(probe, 'SLOW', `The first token takes ${metrics?.ttftP50Ms} ms.`)]
      : []),
  ]);
  const tested = new Set(outcomes.map(({ claim }) => claim));
  const untested = CORE_CLAIMS.filter((claim) => capabilities[claim] && !tested.has(claim));
  return [
    ...found,
    ...untested.map((claim) => warn(claim, 'NOT_TESTED', `No probe tests ${claim} yet.`)),
  ];
}

function reasonsOf(outcomes: readonly Outcome[]): FailureReason[] {
  return outcomes
    .filter(({ verdict }) => isFail(verdict) || isInconclusive(verdict))
    .map(({ probe, verdict, reason, message, category, requestId }) => ({
      probe,
      verdict,
      reason,
      message,
      category,
      requestId,
    }));
}

/** The most severe reason; of equals, the earliest. */
function worst(reasons: readonly FailureReason[]): Verdict['error'] {
  const rank = (category: ErrorCategory) => SEVERITIES.indexOf(CATEGORIES[category].severity);
  let found: Verdict['error'] = null;
  for (const { probe, reason, message, category } of reasons) {
    if (!category || (found && rank(found.category) <= rank(category))) continue;
    const words = [`${probe}: ${reason ?? category}`, message].filter(Boolean).join('. ');
    found = { category, severity: CATEGORIES[category].severity, message: words };
  }
  return found;
}
