import { describe, expect, it } from 'vitest';

import type { FinishedInvocation } from '../deployments/invoke/invocation-finished.event.js';
import { invocationPoints } from './invocation-points.js';

const CALL: FinishedInvocation = {
  id: 'invocation-1',
  deploymentId: 'deployment-1',
  providerId: 'provider-1',
  baseModelId: 'model-1',
  region: 'us-east-1',
  ok: true,
  category: null,
  latencyMs: 120,
  firstTokenMs: 30,
  inputTokens: 11,
  outputTokens: 7,
  costUsd: 0.25,
  at: new Date('2026-01-01T00:00:00Z'),
};
const FAILED = {
  ok: false,
  firstTokenMs: null,
  inputTokens: null,
  outputTokens: null,
  costUsd: null,
} as const;

function values(changes: Partial<FinishedInvocation>) {
  const points = invocationPoints({ ...CALL, ...changes });
  return Object.fromEntries(points.map(({ metricType, value }) => [metricType, value]));
}

describe('the points of a call', () => {
  it('say whose they are, when, and by which call', () => {
    expect(invocationPoints(CALL)[0]).toEqual({
      deploymentId: 'deployment-1',
      metricType: 'error_rate',
      value: 0,
      timestamp: new Date('2026-01-01T00:00:00Z'),
      metadata: {
        region: 'us-east-1',
        category: null,
        firstTokenMs: 30,
        inputTokens: 11,
        outputTokens: 7,
        invocationId: 'invocation-1',
      },
    });
  });

  it.each<[string, Partial<FinishedInvocation>, object]>([
    ['was answered', {}, { error_rate: 0, latency: 120, usage: 18, cost: 0.25 }],
    [
      'was answered without usage',
      { inputTokens: null, outputTokens: null, costUsd: null },
      { error_rate: 0, latency: 120 },
    ],
    [
      'told half its usage',
      { outputTokens: null, costUsd: null },
      { error_rate: 0, latency: 120, usage: 11 },
    ],
    ['failed', { ...FAILED, category: 'PROVIDER_ERROR' }, { error_rate: 1 }],
    ['was throttled', { ...FAILED, category: 'RATE_LIMIT' }, { throttled: 1 }],
    ['was cancelled', { ...FAILED, category: 'CANCELLED' }, {}],
  ])('of one that %s', (_, changes, expected) => {
    expect(values(changes)).toEqual(expected);
  });
});
