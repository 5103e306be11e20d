import type { FinishedInvocation } from '../deployments/invoke/invocation-finished.event.js';
import { meaningOf } from './fault-meaning.js';
import { measured, type Measurement } from './measurement.js';

/**
 * What a call of a deployment measures:
 * - `error_rate`: 0 answered, 1 failed by a fault of the deployment;
 * - `throttled`: 1 when it, or its account, was;
 * - `latency`: milliseconds, of a call that was answered;
 * - `usage`: tokens in and out, as far as the provider reported them;
 * - `cost`: US dollars, where it is known.
 */
export function invocationMeasurement(invocation: FinishedInvocation): Measurement {
  const { id, deploymentId, region, ok, category, refused, latencyMs, at } = invocation;
  const { firstTokenMs, inputTokens, outputTokens, costUsd } = invocation;
  const isReported = inputTokens !== null || outputTokens !== null;
  const meaning = ok || refused ? null : meaningOf(category);
  const metadata = { region, category, firstTokenMs, inputTokens, outputTokens, invocationId: id };
  const values = measured([
    ['error_rate', ok ? 0 : meaning === 'fault' ? 1 : null],
    ['throttled', meaning === 'throttled' ? 1 : null],
    ['latency', ok ? latencyMs : null],
    ['usage', isReported ? (inputTokens ?? 0) + (outputTokens ?? 0) : null],
    ['cost', costUsd],
  ]);
  return { deploymentId, timestamp: at, metadata, values };
}
