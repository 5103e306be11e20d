import { GLOBAL_REGION } from '../../shared/region.js';
import type { CertificationProfile, CertificationStatus } from '../../generated/prisma/client.js';
import { CATEGORIES, type ErrorCategory, type Severity } from '../../inference/inference-error.js';
import type { CapabilitiesDto } from '../../models/capabilities.dto.js';
import { isFail, isPass } from '../../shared/probe-verdict.js';
import { isInconclusive, isPermanent, isTest, type Attempt, type Outcome } from './outcome.js';
import { PROBES } from '../probes/index.js';
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

/** The claims a certificate is refused for. */
const CORE_CLAIMS = PROBES.flatMap(({ kind, claim }) => (kind === 'core' && claim ? [claim] : []));
/** Warnings that are shown and held against nobody: every client copes. */
const HARMLESS: ReadonlySet<string> = new Set(['ROLE_REPEATED']);
const SLOW_TTFT_MS = 5_000;
const LEAST_CERTIFIED_RATING = 3;
const SEVERITIES: readonly Severity[] = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];

/** What was tested, and where. */
export interface Tested {
  readonly capabilities: CapabilitiesDto;
  readonly profile: CertificationProfile;
  readonly region: string;
}

/** Decides what the outcomes of a run come to, by the rules of the certificate. */
export function decide(
  tested: Tested,
  outcomes: readonly Outcome[],
  attempts: readonly Attempt[],
): Verdict {
  const gate = outcomes.find(({ kind }) => kind === 'gate');
  const refused = !gate || isFail(gate.verdict) || outcomes.some(isPermanent);
  const rating = rate(outcomes, attempts, refused);
  const warnings = qualityWarnings(tested, outcomes, attempts);
  const status = statusOf(outcomes, refused, rating, warnings);
  const tests = outcomes.filter(isTest);
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
  const failed = outcomes.some((outcome) => isTest(outcome) && isFail(outcome.verdict));
  const imperfect = failed || warnings.length > 0;
  if (imperfect || rating === null || rating < LEAST_CERTIFIED_RATING) return 'QUALITY_WARNING';
  return 'CERTIFIED';
}

/** What a passing deployment may still be reproached with. */
function qualityWarnings(
  { capabilities, profile, region }: Tested,
  outcomes: readonly Outcome[],
  attempts: readonly Attempt[],
): FailureReason[] {
  const found = outcomes.flatMap(({ probe, kind, verdict, flaky, warnings, metrics }) => [
    ...(isPass(verdict) ? warnings : [])
      .filter((reason) => !HARMLESS.has(reason))
      .map((reason) => warn(probe, reason, `Passed: ${reason}.`)),
    ...(kind === 'core' && isPass(verdict) && flaky
      ? [warn(probe, 'FLAKY', 'Its attempts did not agree; most passed.')]
      : []),
    ...((metrics?.ttftP50Ms ?? 0) > SLOW_TTFT_MS
      ? [warn(probe, 'SLOW', `The first token takes ${metrics?.ttftP50Ms} ms.`)]
      : []),
  ]);
  const tested = new Set(outcomes.map(({ claim }) => claim));
  const untested = CORE_CLAIMS.filter((claim) => capabilities[claim] && !tested.has(claim));
  const elsewhere = strangeRegion(region, attempts);
  return [
    ...found,
    ...untested.map((claim) =>
      warn(claim, 'NOT_TESTED', `The profile ${profile} does not test ${claim}.`),
    ),
    ...(elsewhere === null
      ? []
      : [warn('region', 'REGION_MISMATCH', `${elsewhere} answered, not ${region}.`)]),
  ];
}

function warn(probe: string, reason: string, message: string): FailureReason {
  return { probe, verdict: 'WARNING', reason, message, category: null, requestId: null };
}

/** A region other than the one asked for, by the answers themselves; "East US" is `eastus`. */
function strangeRegion(region: string, attempts: readonly Attempt[]): string | null {
  if (region === GLOBAL_REGION) return null;
  const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');
  const answered = attempts.flatMap(({ exchanges }) =>
    exchanges.flatMap((one) => one.region ?? []),
  );
  return answered.find((name) => plain(name) !== plain(region)) ?? null;
}

function reasonsOf(outcomes: readonly Outcome[]): FailureReason[] {
  return outcomes
    .filter(
      (outcome) =>
        (isTest(outcome) && isFail(outcome.verdict)) ||
        isInconclusive(outcome.verdict) ||
        outcome.verdict === 'SKIPPED_BUDGET',
    )
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
