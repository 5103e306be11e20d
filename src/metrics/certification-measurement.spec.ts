import { describe, expect, it } from 'vitest';

import type { FinishedRun } from '../certification/certification-finished.event.js';
import { certificationMeasurement } from './certification-measurement.js';

const RUN: FinishedRun = {
  runId: 'run-1',
  deploymentId: 'deployment-1',
  providerId: 'provider-1',
  baseModelId: 'model-1',
  region: 'us-east-1',
  status: 'CERTIFIED',
  passed: true,
  errorCategory: null,
  rating: 4.5,
  avgLatencyMs: 120,
  costUsd: 0.25,
  durationMs: 900,
  completedAt: new Date('2026-01-01T00:00:00Z'),
};
/** What a run without a verdict has. */
const UNJUDGED = { status: 'COMPLETED', passed: null, rating: null, avgLatencyMs: null } as const;

function values(changes: Partial<FinishedRun>) {
  const measurement = certificationMeasurement({ ...RUN, ...changes });
  return Object.fromEntries(measurement.values);
}

describe('the points of a run', () => {
  it('say whose they are, when, and by which run', () => {
    expect(certificationMeasurement(RUN)).toEqual({
      deploymentId: 'deployment-1',
      timestamp: new Date('2026-01-01T00:00:00Z'),
      metadata: { region: 'us-east-1', status: 'CERTIFIED', rating: 4.5, runId: 'run-1' },
      values: [
        ['certification', 1],
        ['error_rate', 0],
        ['latency', 120],
        ['cost', 0.25],
      ],
    });
  });

  it.each<[string, Partial<FinishedRun>, object]>([
    ['passed', {}, { certification: 1, error_rate: 0, latency: 120, cost: 0.25 }],
    [
      'refuted a claim, and was answered',
      { status: 'FAILED', passed: false, errorCategory: 'QUALITY_ISSUE', rating: 2.9 },
      { certification: 0, error_rate: 0, latency: 120, cost: 0.25 },
    ],
    [
      'refuted a claim, and could judge too little for a rating',
      { status: 'FAILED', passed: false, errorCategory: 'CAPABILITY_UNSUPPORTED', rating: null },
      { certification: 0, error_rate: 0, latency: 120, cost: 0.25 },
    ],
    [
      'was not answered as any model answers',
      {
        ...{ status: 'FAILED', passed: false, errorCategory: 'QUALITY_ISSUE' },
        ...{ rating: 0, avgLatencyMs: null },
      },
      { certification: 0, error_rate: 1, cost: 0.25 },
    ],
    [
      'came to no verdict',
      { status: 'COMPLETED', passed: null, rating: null, avgLatencyMs: null, costUsd: 0 },
      { error_rate: 1, cost: 0 },
    ],
    [
      'was throttled',
      {
        ...{ status: 'COMPLETED', passed: null, errorCategory: 'RATE_LIMIT' },
        ...{ rating: null, avgLatencyMs: null, costUsd: 0 },
      },
      { throttled: 1, cost: 0 },
    ],
    [
      'met an outage',
      { ...UNJUDGED, errorCategory: 'PROVIDER_ERROR' },
      { error_rate: 1, cost: 0.25 },
    ],
    [
      'had no quota left',
      { ...UNJUDGED, errorCategory: 'QUOTA_EXHAUSTED' },
      { throttled: 1, cost: 0.25 },
    ],
    ['met a content filter', { ...UNJUDGED, errorCategory: 'CONTENT_FILTERED' }, { cost: 0.25 }],
    ['was refused what it asked', { ...UNJUDGED, errorCategory: 'CONTEXT_LIMIT' }, { cost: 0.25 }],
    ['met a fault of ours', { ...UNJUDGED, errorCategory: 'INTERNAL_ERROR' }, { cost: 0.25 }],
    [
      'could not go on within its budget',
      { ...UNJUDGED, errorCategory: 'BUDGET_EXCEEDED' },
      { cost: 0.25 },
    ],
    [
      'passed all that its budget allowed',
      { errorCategory: 'BUDGET_EXCEEDED' },
      { certification: 1, error_rate: 0, latency: 120, cost: 0.25 },
    ],
    [
      'was given up, as its workers were lost',
      {
        ...{ status: 'FAILED', passed: null, errorCategory: 'WORKER_LOST' },
        ...{ rating: null, avgLatencyMs: null },
      },
      { cost: 0.25 },
    ],
    [
      'was given up, as its deployment was switched off',
      {
        ...{ status: 'FAILED', passed: null, errorCategory: 'CONFIGURATION_ERROR' },
        ...{ rating: null, avgLatencyMs: null },
      },
      { cost: 0.25 },
    ],
    [
      'could not be carried out with its configuration',
      {
        ...{ status: 'FAILED', passed: false, errorCategory: 'CONFIGURATION_ERROR' },
        ...{ rating: 0, avgLatencyMs: null },
      },
      { certification: 0, error_rate: 1, cost: 0.25 },
    ],
  ])('of one that %s', (_, changes, expected) => {
    expect(values(changes)).toEqual(expected);
  });
});
