import type { RunReport } from './run-report.js';

export const EXIT = { certified: 0, refused: 1, untold: 2, interrupted: 130 } as const;

/** What of a run the exit code rests on. */
type Ended = Pick<RunReport, 'status' | 'covered' | 'rating' | 'refuted'>;

/** Whether a run is good enough: a certificate, or one with warnings where they are allowed. */
export function isAccepted({ status, covered }: Ended, allowWarnings: boolean): boolean {
  if (!covered) return false;
  return status === 'CERTIFIED' || (allowWarnings && status === 'QUALITY_WARNING');
}

/**
 * Whether a run has a verdict on what was asked for that is not good enough. One that was given up
 * failed without: nothing was rated, and nothing refuted.
 */
export function isRefused(
  { status, covered, rating, refuted }: Ended,
  allowWarnings: boolean,
): boolean {
  if (!covered) return false;
  if (status === 'FAILED') return rating !== null || refuted.length > 0;
  return status === 'QUALITY_WARNING' && !allowWarnings;
}

/** One that is refused outweighs those that could not be told. */
export function exitCode(runs: readonly Ended[], allowWarnings: boolean): 0 | 1 | 2 {
  if (runs.some((run) => isRefused(run, allowWarnings))) return EXIT.refused;
  const certified = runs.length > 0 && runs.every((run) => isAccepted(run, allowWarnings));
  return certified ? EXIT.certified : EXIT.untold;
}
