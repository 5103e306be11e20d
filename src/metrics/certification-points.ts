import type { FinishedRun } from '../certification/certification-finished.event.js';
import type { MetricPoint, MetricType } from './metric-point.js';

/** What keeps a run from a verdict without a fault of the deployment. */
const NO_FAULT = new Set(['RATE_LIMIT', 'BUDGET_EXCEEDED']);

/**
 * What a run of a certification measures:
 * - `certification`: 1 passed, 0 did not; nothing when the run came to no verdict;
 * - `error_rate`: 0 passed, 1 did not, also when an outage kept it from a verdict; nothing when
 *   throttling or its budget did, or it was given up, which ends it FAILED without a verdict;
 * - `throttled`: 1 when throttling did;
 * - `latency`: mean in milliseconds, when it was measured;
 * - `cost`: US dollars.
 */
export function certificationPoints(run: FinishedRun): MetricPoint[] {
  const { runId, deploymentId, region, status, passed, errorCategory, rating, completedAt } = run;
  const category = passed === null ? errorCategory : null;
  const isGivenUp = passed === null && status === 'FAILED';
  const isJudged = !isGivenUp && (category === null || !NO_FAULT.has(category));
  const values: [MetricType, number | null][] = [
    ['certification', passed === null ? null : Number(passed)],
    ['error_rate', isJudged ? Number(passed !== true) : null],
    ['throttled', category === 'RATE_LIMIT' ? 1 : null],
    ['latency', run.avgLatencyMs],
    ['cost', run.costUsd],
  ];
  const metadata = { region, status, rating, runId };
  return values.flatMap(([metricType, value]) =>
    value === null ? [] : [{ deploymentId, metricType, value, timestamp: completedAt, metadata }],
  );
}
