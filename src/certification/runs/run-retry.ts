import { isPass } from '../../shared/probe-verdict.js';
import { lastFaultOf, type Attempt, type Outcome } from '../validation/outcome.js';
import { isRequired } from '../validation/rating.js';

const MAX_TRIES = 4;
/** Of all tries of a run, from its first claim on. */
const MAX_TIME_MS = 6 * 3_600_000;
const GROWTH = 4;

/** A run that came to no verdict. */
export interface FruitlessRun {
  /** Earlier tries that came to nothing. */
  readonly tries: number;
  readonly startedAt: Date;
  readonly outcomes: readonly Outcome[];
  readonly attempts: readonly Attempt[];
}

/**
 * Milliseconds after which the run is worth another try: longer each time, and as long as the
 * provider asked to wait. Null: none is, because something else than a passing fault keeps it from
 * a verdict, or because it was tried often or long enough.
 */
export function waitBeforeRetry(
  { tries, startedAt, outcomes, attempts }: FruitlessRun,
  firstWaitMs: number,
  now: Date,
): number | null {
  const missing = outcomes.filter(isRequired).filter(({ verdict }) => !isPass(verdict));
  const passing = missing.filter(hasPassingFault);
  const others = missing.filter((outcome) => !passing.includes(outcome));
  // What depends on them is skipped, and will be tried with them.
  const hopeless = others.some(({ verdict }) => verdict !== 'SKIPPED_DEPENDENCY');
  if (passing.length === 0 || hopeless || tries + 1 >= MAX_TRIES) return null;
  const backoff = firstWaitMs * GROWTH ** tries * (1 + Math.random() / 4);
  const wait = Math.max(backoff, ...passing.map(({ probe }) => askedWait(probe, attempts, now)));
  return now.getTime() + wait > startedAt.getTime() + MAX_TIME_MS ? null : wait;
}

/** A fault of the provider that time heals; a finding of the probe's own has a name of its own. */
function hasPassingFault({ verdict, reason, category }: Outcome): boolean {
  return verdict === 'INCONCLUSIVE_TRANSIENT' && reason === category;
}

/** What is left of the time that the provider asked to wait when the probe was tried last. */
function askedWait(probe: string, attempts: readonly Attempt[], now: Date): number {
  const last = attempts.findLast((attempt) => attempt.probe === probe);
  const fault = last && lastFaultOf(last);
  if (!fault) return 0;
  return (fault.retryAfterMs ?? 0) - (now.getTime() - last.completedAt.getTime());
}
