import type { FinishedRun } from '../certification/certification-finished.event.js';
import { meaningOf } from './fault-meaning.js';
import type { MetricPoint, MetricType } from './metric-point.js';

/**
 * What a run of a certification measures:
 * - `certification`: 1 passed, 0 did not; nothing when the run came to no verdict;
 * - `error_rate`: 0 passed, 1 did not, also when a fault of the deployment, such as an outage, kept
 *   it from a verdict;
 * - `throttled`: 1 when throttling did;
 * - `latency`: mean in milliseconds, when it was measured;
 * - `cost`: US dollars.
 */
export function certificationPoints(run: FinishedRun): MetricPoint[] {
  const { runId, deploymentId, region, status, passed, rating, completedAt } = run;
  const meaning = meaningWithoutVerdict(run);
  const values: [MetricType, number | null][] = [
    ['certification', passed === null ? null : Number(passed)],
    ['error_rate', passed !== null ? Number(!passed) : meaning === 'fault' ? 1 : null],
    ['throttled', meaning === 'throttled' ? 1 : null],
    ['latency', run.avgLatencyMs],
    ['cost', run.costUsd],
  ];
  const metadata = { region, status, rating, runId };
  return values.flatMap(([metricType, value]) =>
    value === null ? [] : [{ deploymentId, metricType, value, timestamp: completedAt, metadata }],
  );
}

/** A run that was given up, which ends it FAILED without a verdict, says nothing. */
function meaningWithoutVerdict({ status, passed, errorCategory }: FinishedRun) {
  if (passed !== null) return null;
  return status === 'FAILED' ? 'nothing' : meaningOf(errorCategory);
}
