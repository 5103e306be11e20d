import type { FinishedRun } from '../certification/certification-finished.event.js';
import { meaningOf } from './fault-meaning.js';
import { measured, type Measurement } from './measurement.js';

/**
 * What a run of a certification measures:
 * - `certification`: 1 passed, 0 did not; nothing when the run came to no verdict;
 * - `error_rate`: 1 when a fault of the deployment ended it, with a verdict or, as an outage does,
 *   without; 0 when it passed, or a claim was refuted, as that was answered;
 * - `throttled`: 1 when throttling did;
 * - `latency`: mean in milliseconds, when it was measured;
 * - `cost`: US dollars.
 */
export function certificationMeasurement(run: FinishedRun): Measurement {
  const { runId, deploymentId, region, status, passed, rating, completedAt } = run;
  const meaning = meaningOfEnd(run);
  const metadata = { region, status, rating, runId };
  const values = measured([
    ['certification', passed === null ? null : Number(passed)],
    ['error_rate', ERROR_RATES[meaning]],
    ['throttled', meaning === 'throttled' ? 1 : null],
    ['latency', run.avgLatencyMs],
    ['cost', run.costUsd],
  ]);
  return { deploymentId, timestamp: completedAt, metadata, values };
}

const ERROR_RATES = { fine: 0, fault: 1, throttled: null, nothing: null } as const;

/**
 * What the end of a run says of the deployment. One that was refused altogether is rated 0; a verdict
 * with another rating, or too little for one, rests on answers. A run that was given up, which ends
 * it FAILED without a verdict, says nothing.
 */
function meaningOfEnd({ status, passed, rating, errorCategory }: FinishedRun) {
  if (passed === true || (passed === false && rating !== 0)) return 'fine';
  if (passed === null && status === 'FAILED') return 'nothing';
  return meaningOf(errorCategory);
}
