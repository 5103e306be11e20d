import type { CertificationProfile } from '../../generated/prisma/client.js';
import type { Standing } from '../../inference/adapter.js';
import { InferenceError } from '../../inference/inference-error.js';
import type { CapabilitiesDto } from '../../models/capabilities.dto.js';
import { isJudged, isPass } from '../../shared/probe-verdict.js';
import { isConcluded, REJECTED_ONCE, type Attempt } from './outcome.js';
import type { Finding, Probe } from '../probes/probe.js';
import { OVER_BUDGET, type CostOf, type Tokens } from '../session/budget.js';
import { storable, type Exchange } from '../session/exchange.js';
import { hideSecrets } from '../../shared/secrets/hide-secrets.js';
import { ProbeSession } from '../session/probe-session.js';
import { isRejection } from '../../inference/rejection.js';
import type { Sender } from '../session/sender.js';

export interface ProbeContext {
  readonly capabilities: CapabilitiesDto;
  readonly profile: CertificationProfile;
  readonly sender: Sender;
  /** What the provider says of the model without invoking it; null: it cannot be asked. */
  readonly standing: () => Promise<Standing | null>;
  readonly costOf: CostOf;
  /** All attempts of the run so far, of every probe; grows. */
  readonly attempts: Attempt[];
  /** The time, as the database tells it. */
  readonly now: () => Date;
  /** Stores an attempt; returns once the next one may begin. */
  readonly record: (attempt: Attempt) => Promise<void>;
}

/** Warning of an attempt whose provider reported numbers of tokens that cannot be. */
const IMPLAUSIBLE_USAGE = 'IMPLAUSIBLE_USAGE';

type Judgement =
  | Finding
  | { readonly verdict: 'INCONCLUSIVE_POLICY'; readonly reason: string; readonly message: string }
  | { readonly verdict: 'SKIPPED_BUDGET'; readonly message: string };

/** Whether earlier attempts say all there is to say. What is not declared is tried once. */
export function isSettled(probe: Probe, context: ProbeContext, declared: boolean): boolean {
  if (declared) return isConcluded(probe, judgedOf(context, probe), context.profile);
  const last = ofProbe(context, probe).at(-1);
  return last !== undefined && last.verdict !== 'SKIPPED_DEPENDENCY';
}

/** Attempts a probe until its outcome is certain. */
export async function runProbe(probe: Probe, context: ProbeContext): Promise<void> {
  const counted = judgedOf(context, probe);
  while (!isConcluded(probe, counted, context.profile)) {
    const rephrase = counted.some(({ verdict }) => verdict === 'INCONCLUSIVE_POLICY');
    const done = await attempt(probe, context, rephrase);
    await keep(context, done);
    counted.push(done);
  }
}

/** Tries once whether something works that is not declared. It can only be suggested, never fail. */
export async function discover(probe: Probe, context: ProbeContext): Promise<void> {
  const capabilities = { ...context.capabilities, ...(probe.claim && { [probe.claim]: true }) };
  const done = await attempt(probe, { ...context, capabilities }, false);
  const verdict = isPass(done.verdict) ? 'INFO_UNDECLARED_SUPPORTED' : 'SKIPPED_NOT_DECLARED';
  await keep(context, { ...done, verdict });
}

/** Records that a probe is not run, and why. */
export async function skipProbe(
  probe: Probe,
  context: ProbeContext,
  verdict: 'SKIPPED_NOT_DECLARED' | 'SKIPPED_DEPENDENCY',
  message: string,
): Promise<void> {
  if (ofProbe(context, probe).at(-1)?.verdict === verdict) return;
  const now = context.now();
  await keep(context, {
    probe: probe.name,
    attempt: nextAttempt(context, probe),
    verdict,
    reason: null,
    message,
    warnings: [],
    metrics: null,
    exchanges: [],
    costUsd: 0,
    startedAt: now,
    completedAt: now,
  });
}

async function attempt(probe: Probe, context: ProbeContext, rephrase: boolean): Promise<Attempt> {
  const { capabilities, profile, sender, standing } = context;
  const earlier = evidenceByProbe(context.attempts);
  const session = new ProbeSession({ capabilities, profile, sender, standing, rephrase, earlier });
  const startedAt = context.now();
  const judgement = await judge(probe, session);
  const warnings = [
    ...('warnings' in judgement ? judgement.warnings : []),
    ...(session.exchanges.some(isImplausible) ? [IMPLAUSIBLE_USAGE] : []),
  ];
  const isWarned = judgement.verdict === 'PASS' && warnings.length > 0;
  return {
    probe: probe.name,
    attempt: nextAttempt(context, probe),
    verdict: isWarned ? 'PASS_WITH_WARNING' : judgement.verdict,
    reason: 'reason' in judgement ? storable(judgement.reason, hideSecrets) : null,
    message: 'message' in judgement ? storable(judgement.message, hideSecrets) : null,
    warnings,
    metrics: ('metrics' in judgement && judgement.metrics) || null,
    exchanges: session.exchanges,
    costUsd: context.costOf(tokensOf(session.exchanges)),
    startedAt,
    completedAt: context.now(),
  };
}

function tokensOf(exchanges: readonly Exchange[]): Tokens {
  const total = (count: 'inputTokens' | 'outputTokens') =>
    exchanges.reduce((sum, { charged }) => sum + (charged?.[count] ?? 0), 0);
  return { inputTokens: total('inputTokens'), outputTokens: total('outputTokens') };
}

/** Whether a provider reported numbers of tokens that cannot be. */
function isImplausible({ usage, charged }: Exchange): boolean {
  if (!usage || !charged) return false;
  const { inputTokens, outputTokens } = usage;
  return (
    (inputTokens !== null && inputTokens !== charged.inputTokens) ||
    (outputTokens !== null && outputTokens !== charged.outputTokens)
  );
}

async function judge(probe: Probe, session: ProbeSession): Promise<Judgement> {
  try {
    return await probe.attempt(session);
  } catch (error) {
    const fault = faultOrThrow(error);
    return isRejection(fault) && probe.control
      ? judgeRejection(probe, fault, session)
      : judgeFault(fault);
  }
}

/**
 * A refused request proves nothing by itself. Only when the same request without the feature is
 * answered, and the feature is then refused again in the same way, is the capability missing.
 */
async function judgeRejection(
  probe: Probe,
  rejection: InferenceError,
  session: ProbeSession,
): Promise<Judgement> {
  try {
    await probe.control?.(session);
  } catch (error) {
    const fault = faultOrThrow(error);
    const judgement = judgeFault(fault);
    // What goes wrong without the feature is not held against it.
    return judgement.verdict === 'FAIL_BEHAVIOUR' ? unsettled(fault) : judgement;
  }
  try {
    const finding = await probe.attempt(session);
    if (!isPass(finding.verdict)) return finding;
    const warnings = 'warnings' in finding ? finding.warnings : [];
    return { verdict: 'PASS_WITH_WARNING', warnings: [...warnings, REJECTED_ONCE] };
  } catch (error) {
    const again = faultOrThrow(error);
    if (isRejection(again) && again.code === rejection.code && again.status === rejection.status) {
      return { verdict: 'FAIL_CAPABILITY', reason: again.category, message: again.message };
    }
    return judgeFault(again);
  }
}

function judgeFault(fault: InferenceError): Judgement {
  const { category: reason, message } = fault;
  if (fault.code === OVER_BUDGET) return { verdict: 'SKIPPED_BUDGET', message };
  if (isRejection(fault)) return unsettled(fault);
  switch (reason) {
    case 'RATE_LIMIT':
    case 'PROVIDER_ERROR':
    case 'TIMEOUT':
    case 'NETWORK_ERROR':
    case 'UNKNOWN_ERROR':
      return { verdict: 'INCONCLUSIVE_TRANSIENT', reason, message };
    case 'CONTENT_FILTERED':
      return { verdict: 'INCONCLUSIVE_POLICY', reason, message };
    case 'PROTOCOL_ERROR':
    case 'QUALITY_ISSUE':
      return { verdict: 'FAIL_BEHAVIOUR', reason: fault.code ?? reason, message };
    default:
      return unsettled(fault);
  }
}

/** Nothing can be said until somebody changes something. */
function unsettled({ category, code, message }: InferenceError): Judgement {
  return { verdict: 'INCONCLUSIVE_CONFIG', reason: code ?? category, message };
}

/** A fault of the provider; anything else, and a cancellation, ends the run's work. */
function faultOrThrow(error: unknown): InferenceError {
  if (error instanceof InferenceError && error.category !== 'CANCELLED') return error;
  throw error;
}

async function keep(context: ProbeContext, done: Attempt): Promise<void> {
  await context.record(done);
  context.attempts.push(done);
}

function ofProbe(context: ProbeContext, probe: Probe): Attempt[] {
  return context.attempts.filter((attempt) => attempt.probe === probe.name);
}

function nextAttempt(context: ProbeContext, probe: Probe): number {
  return (ofProbe(context, probe).at(-1)?.attempt ?? 0) + 1;
}

/** What an interrupted run skipped or left inconclusive counts for nothing: it is tried anew. */
function judgedOf(context: ProbeContext, probe: Probe): Attempt[] {
  return ofProbe(context, probe).filter(({ verdict }) => isJudged(verdict));
}

function evidenceByProbe(attempts: readonly Attempt[]): Map<string, Exchange[]> {
  const evidence = new Map<string, Exchange[]>();
  for (const { probe, exchanges } of attempts) {
    evidence.set(probe, [...(evidence.get(probe) ?? []), ...exchanges]);
  }
  return evidence;
}
