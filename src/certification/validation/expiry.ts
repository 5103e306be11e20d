import type { Verdict } from './verdict.js';

const HOUR_MS = 3_600_000;

/** How long a verdict stands; null: it is none. */
const LIFETIME_MS: Record<Verdict['status'], number | null> = {
  CERTIFIED: 7 * 24 * HOUR_MS,
  QUALITY_WARNING: 3 * 24 * HOUR_MS,
  FAILED: 24 * HOUR_MS,
  COMPLETED: null,
};

/** When a verdict reached at `now` expires; null for a run without verdict. */
export function expiryOf(status: Verdict['status'], now: Date): Date | null {
  const lifetime = LIFETIME_MS[status];
  return lifetime === null ? null : new Date(now.getTime() + lifetime);
}

/** When a run without verdict is worth repeating; null when there is a verdict. */
export function nextAttemptOf(status: Verdict['status'], now: Date): Date | null {
  return status === 'COMPLETED' ? new Date(now.getTime() + HOUR_MS) : null;
}
