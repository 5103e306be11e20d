import type { ProbeOutcome } from '../../src/certify/probe-outcome.js';
import type { RunReport } from '../../src/certify/run-report.js';

/** What became of a run, as a test wants it. */
export function report(changes: Partial<RunReport> = {}): RunReport {
  return {
    deployment: 'model-1',
    deploymentId: '3f0a5b1e-0000-4000-8000-000000000001',
    region: 'eu-west-1',
    certificationId: '3f0a5b1e-0000-4000-8000-000000000002',
    runId: '3f0a5b1e-0000-4000-8000-000000000003',
    cached: false,
    covered: true,
    status: 'CERTIFIED',
    rating: 4.9,
    badge: 'PREMIUM',
    refuted: [],
    suggested: [],
    errorCategory: null,
    errorMessage: null,
    costUsd: 0.0123,
    startedAt: '2026-01-02T03:04:05.678Z',
    completedAt: '2026-01-02T03:04:09.678Z',
    seconds: 4,
    nextAttemptAt: null,
    probes: [outcome('basicChat')],
    ...changes,
  };
}

export function outcome(probe: string, changes: Partial<ProbeOutcome> = {}): ProbeOutcome {
  const told = { reason: null, message: null, warnings: [] };
  return { probe, verdict: 'PASS', ...told, attempts: 1, seconds: 0.25, ...changes };
}
