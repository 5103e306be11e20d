import type { components } from '../../docs/api/openapi.js';
import { outcomesOf, type ProbeOutcome } from './probe-outcome.js';

type Schemas = components['schemas'];

/** A declared capability that proved false. */
export interface Refuted {
  readonly claim: string;
  readonly reason: string | null;
  readonly message: string | null;
}

/** What became of a run. Money in US dollars, moments as ISO 8601 in UTC. */
export interface RunReport {
  /** Id at the provider. */
  readonly deployment: string;
  readonly deploymentId: string;
  readonly region: string;
  readonly certificationId: string;
  readonly runId: string;
  /** Whether nothing was run: the run that earned the certificate which still stands. */
  readonly cached: boolean;
  /** Whether it tests all that was asked for, within the budget; one joined under way may not. */
  readonly covered: boolean;
  readonly status: Schemas['CertificationStatus'];
  readonly rating: number | null;
  readonly badge: string | null;
  readonly refuted: readonly Refuted[];
  readonly suggested: readonly string[];
  readonly errorCategory: string | null;
  readonly errorMessage: string | null;
  /** Null: not known. */
  readonly costUsd: number | null;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  /** From its start to its end; null: it has not ended, or never began. */
  readonly seconds: number | null;
  readonly nextAttemptAt: string | null;
  readonly probes: readonly ProbeOutcome[];
}

export function reportOf(
  run: Schemas['DetailedRunDto'],
  deployment: string,
  { cached, covered }: Pick<Schemas['AcceptedRunDto'], 'cached' | 'covered'>,
): RunReport {
  const probes = outcomesOf(run.attempts);
  const { deploymentId, region, certificationId, status, rating, badge, suggested } = run;
  const { errorCategory, errorMessage, costUsd, startedAt, completedAt, nextAttemptAt } = run;
  const refuted = run.refuted.map((claim) => {
    const { reason = null, message = null } = probes.find(({ probe }) => probe === claim) ?? {};
    return { claim, reason, message };
  });
  const place = { deployment, deploymentId, region, certificationId, runId: run.id };
  const times = { startedAt, completedAt, seconds: secondsOf(run), nextAttemptAt };
  const verdict = { status, rating, badge, refuted, suggested, errorCategory, errorMessage };
  return { ...place, cached, covered, ...verdict, costUsd, ...times, probes };
}

/** What is said of a run that does not cover what was asked for. */
export const NOT_COVERED = 'an earlier run, not what was asked for';

/** Of a run that was removed, with its deployment, before it could be read. */
export function reportOfRemoved(
  { id, runId, deploymentId, region, covered }: Schemas['AcceptedRunDto'],
  deployment: string,
): RunReport {
  const errorMessage = 'It was removed with its deployment.';
  return {
    ...{ deployment, deploymentId, region, certificationId: id, runId },
    ...{ cached: false, covered },
    ...{ status: 'CANCELLED', rating: null, badge: null, refuted: [], suggested: [] },
    ...{ errorCategory: null, errorMessage, costUsd: null, startedAt: null, completedAt: null },
    ...{ seconds: null, nextAttemptAt: null, probes: [] },
  };
}

/** Whether it will go on: it has not ended. */
export function isOpen({ status }: Pick<RunReport, 'status'>): boolean {
  return status === 'PENDING' || status === 'QUEUED' || status === 'PROCESSING';
}

function secondsOf({ startedAt, completedAt }: Schemas['DetailedRunDto']): number | null {
  if (startedAt === null || completedAt === null) return null;
  return (Date.parse(completedAt) - Date.parse(startedAt)) / 1000;
}
