import type { FinishedInvocation } from '../deployments/invoke/invocation-finished.event.js';
import type { MetricPoint, MetricType } from './metric-point.js';

/** Why calls fail without a fault of the deployment: it is throttled, or the client went away. */
const NO_FAULT = new Set(['RATE_LIMIT', 'CANCELLED']);

/**
 * What a call of a deployment measures:
 * - `error_rate`: 0 answered, 1 failed; nothing when it was throttled or the client went away;
 * - `throttled`: 1 when it was;
 * - `latency`: milliseconds, of a call that was answered;
 * - `usage`: tokens in and out, as far as the provider reported them;
 * - `cost`: US dollars, where it is known.
 */
export function invocationPoints(invocation: FinishedInvocation): MetricPoint[] {
  const { id, deploymentId, region, ok, category, latencyMs, firstTokenMs, at } = invocation;
  const { inputTokens, outputTokens, costUsd } = invocation;
  const isReported = inputTokens !== null || outputTokens !== null;
  const isJudged = category === null || !NO_FAULT.has(category);
  const values: [MetricType, number | null][] = [
    ['error_rate', isJudged ? Number(!ok) : null],
    ['throttled', category === 'RATE_LIMIT' ? 1 : null],
    ['latency', ok ? latencyMs : null],
    ['usage', isReported ? (inputTokens ?? 0) + (outputTokens ?? 0) : null],
    ['cost', costUsd],
  ];
  const metadata = { region, category, firstTokenMs, inputTokens, outputTokens, invocationId: id };
  return values.flatMap(([metricType, value]) =>
    value === null ? [] : [{ deploymentId, metricType, value, timestamp: at, metadata }],
  );
}
