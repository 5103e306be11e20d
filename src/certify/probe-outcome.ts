import type { components } from '../../docs/api/openapi.js';

type Attempt = components['schemas']['ProbeAttemptDto'];
type Verdict = components['schemas']['ProbeVerdict'];

/** What the attempts of a probe come to. */
export interface ProbeOutcome {
  readonly probe: string;
  readonly verdict: Verdict;
  readonly reason: string | null;
  readonly message: string | null;
  readonly warnings: readonly string[];
  readonly attempts: number;
  readonly seconds: number;
}

/** In the order in which the probes began. */
export function outcomesOf(attempts: readonly Attempt[]): ProbeOutcome[] {
  const byProbe = new Map<string, [Attempt, ...Attempt[]]>();
  for (const attempt of attempts) {
    const others = byProbe.get(attempt.probe);
    if (others) others.push(attempt);
    else byProbe.set(attempt.probe, [attempt]);
  }
  return [...byProbe.values()].map(outcomeOf);
}

export function isFailed(verdict: Verdict): boolean {
  return verdict.startsWith('FAIL_');
}

export function isPassed(verdict: Verdict): boolean {
  return verdict.startsWith('PASS') || verdict.startsWith('INFO_');
}

function outcomeOf(attempts: readonly [Attempt, ...Attempt[]]): ProbeOutcome {
  const { probe, verdict, reason, message } = decisive(attempts);
  const took = attempts.map((one) => Date.parse(one.completedAt) - Date.parse(one.startedAt));
  return {
    ...{ probe, verdict, reason, message },
    warnings: [...new Set(attempts.flatMap((one) => one.warnings))],
    attempts: attempts.length,
    seconds: took.reduce((sum, ms) => sum + ms, 0) / 1000,
  };
}

/** The last attempt; where it is one vote of several, the last of the majority. */
function decisive(attempts: readonly [Attempt, ...Attempt[]]): Attempt {
  const last = attempts.at(-1) ?? attempts[0];
  const votes = attempts.filter(isVote);
  if (!votes.includes(last)) return last;
  const passed = votes.filter(({ verdict }) => isPassed(verdict));
  const failed = votes.filter(({ verdict }) => isFailed(verdict));
  return (passed.length > failed.length ? passed : failed).at(-1) ?? last;
}

/** Whether an attempt may have come out as it did by chance; a missing capability is certain. */
function isVote({ verdict }: Attempt): boolean {
  return verdict.startsWith('PASS') || verdict === 'FAIL_BEHAVIOUR';
}
