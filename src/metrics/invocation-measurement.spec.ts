import { describe, expect, it } from 'vitest';

import type { FinishedInvocation } from '../deployments/invoke/invocation-finished.event.js';
import { invocationMeasurement } from './invocation-measurement.js';

const CALL: FinishedInvocation = {
  id: 'invocation-1',
  deploymentId: 'deployment-1',
  providerId: 'provider-1',
  baseModelId: 'model-1',
  region: 'us-east-1',
  ok: true,
  category: null,
  refused: false,
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
  const measurement = invocationMeasurement({ ...CALL, ...changes });
  return Object.fromEntries(measurement.values);
}

describe('the points of a call', () => {
  it('say whose they are, when, and by which call', () => {
    expect(invocationMeasurement(CALL)).toEqual({
      deploymentId: 'deployment-1',
      timestamp: new Date('2026-01-01T00:00:00Z'),
      metadata: {
        region: 'us-east-1',
        category: null,
        firstTokenMs: 30,
        inputTokens: 11,
        outputTokens: 7,
        invocationId: 'invocation-1',
      },
      values: [
        ['error_rate', 0],
        ['latency', 120],
        ['usage', 18],
        ['cost', 0.25],
      ],
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
    ['met an unknown fault', { ...FAILED, category: 'UNKNOWN_ERROR' }, { error_rate: 1 }],
    ['was refused for what it asked', { ...FAILED, category: 'UNKNOWN_ERROR', refused: true }, {}],
  ])('of one that %s', (_, changes, expected) => {
    expect(values(changes)).toEqual(expected);
  });

  it.each<[string, object, readonly FinishedInvocation['category'][]]>([
    [
      'a fault of the deployment',
      { error_rate: 1 },
      [
        ...(['AUTHENTICATION_ERROR', 'PERMISSION_ERROR', 'ACCESS_PENDING'] as const),
        ...(['CONFIGURATION_ERROR', 'PROVISIONING_REQUIRED', 'MODEL_LIFECYCLE'] as const),
        ...(['UNAVAILABLE', 'PROVIDER_ERROR', 'TIMEOUT', 'NETWORK_ERROR'] as const),
        ...(['QUALITY_ISSUE', 'PROTOCOL_ERROR', 'UNKNOWN_ERROR'] as const),
      ],
    ],
    ['throttling', { throttled: 1 }, ['RATE_LIMIT', 'QUOTA_EXHAUSTED']],
    [
      'no fault of the deployment',
      {},
      [
        ...(['CAPABILITY_UNSUPPORTED', 'PARAMETER_UNSUPPORTED', 'CONTEXT_LIMIT'] as const),
        ...(['CONTENT_FILTERED', 'BUDGET_EXCEEDED', 'INTERNAL_ERROR', 'CANCELLED'] as const),
      ],
    ],
  ])('take for %s', (_, expected, categories) => {
    for (const category of categories) expect(values({ ...FAILED, category })).toEqual(expected);
  });
});
