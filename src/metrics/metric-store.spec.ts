import { describe, expect, it } from 'vitest';

import { invocationPoints } from './invocation-points.js';
import type { MetricPoint } from './metric-point.js';
import { pointEncoder } from './metric-store.js';

const at = new Date('2026-01-01T00:00:00Z');
const metadata = { region: 'us-east-1', note: 'a "quoted" \\ ü' };
const point = (changes: Partial<MetricPoint> = {}): MetricPoint => ({
  ...{ deploymentId: 'd1', metricType: 'latency', value: 1.5, timestamp: at, metadata },
  ...changes,
});

describe('The JSON of points', () => {
  it('is what JSON has of them, whatever they have in common', () => {
    const points = [
      point(),
      point({ metricType: 'cost', value: 1e-7 }),
      point({ deploymentId: 'd2' }),
      point({ deploymentId: null }),
      point({ metadata: {} }),
      point({ timestamp: new Date(0) }),
      point({ value: NaN }),
      point(),
    ];
    const encode = pointEncoder();
    const encoded = points.map((one, index) => encode({ ...one, id: `id-${index}` }));
    expect(encoded.map((text): unknown => JSON.parse(text))).toEqual(
      points.map((one, index): unknown =>
        JSON.parse(JSON.stringify({ ...one, id: `id-${index}` })),
      ),
    );
  });

  it('encodes once what the points of a call have in common', () => {
    let asked = 0;
    const timestamp = Object.assign(new Date(at), {
      toJSON: () => {
        asked += 1;
        return at.toISOString();
      },
    });
    const encode = pointEncoder();
    const points = invocationPoints({
      ...{ id: 'i', deploymentId: 'd1', providerId: 'p', baseModelId: 'm', region: 'us-east-1' },
      ...{ ok: true, category: null, refused: false, latencyMs: 120, firstTokenMs: 30 },
      ...{ inputTokens: 11, outputTokens: 7, costUsd: 0.25, at: timestamp },
    });
    for (const one of points) encode({ ...one, id: 'x' });
    expect(points).toHaveLength(4);
    expect(asked).toBe(1);
  });
});
