import type { FinishedRun } from '../certification/certification-finished.event.js';
import type { MetricPoint, MetricType } from './metric-point.js';

/**
 * What a run of a certification measures:
 * - `certification`: 1 passed, 0 did not; nothing when the run came to no verdict;
 * - `error_rate`: 0 passed, 1 otherwise, also when an outage kept it from a verdict;
 * - `throttled`: 1 when throttling kept it from a verdict, instead of `error_rate`;
 * - `latency`: mean in milliseconds, when it was measured;
 * - `cost`: US dollars.
 */
export function certificationPoints(run: FinishedRun): MetricPoint[] {
  const { runId, deploymentId, region, status, passed, errorCategory, rating, completedAt } = run;
  const isThrottled = passed === null && errorCategory === 'RATE_LIMIT';
  const values: [MetricType, number | null][] = [
    ['certification', passed === null ? null : Number(passed)],
    ['error_rate', isThrottled ? null : Number(passed !== true)],
    ['throttled', isThrottled ? 1 : null],
    ['latency', run.avgLatencyMs],
    ['cost', run.costUsd],
  ];
  const metadata = { region, status, rating, runId };
  return values.flatMap(([metricType, value]) =>
    value === null ? [] : [{ deploymentId, metricType, value, timestamp: completedAt, metadata }],
  );
}
