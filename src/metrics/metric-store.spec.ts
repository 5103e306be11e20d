import { expect, it } from 'vitest';

import { encodeMeasurement } from './metric-store.js';

it('gives each point of a measurement an id of its own, and the rest once', () => {
  const common = {
    deploymentId: null,
    timestamp: new Date('2026-01-01T00:00:00Z'),
    metadata: { region: 'us-east-1', note: 'a "quoted" \\ ü' },
  };
  const values = [
    ['latency', 1.5],
    ['cost', 1e-7],
    ['usage', NaN],
  ] as const;
  const encoded: unknown = JSON.parse(encodeMeasurement({ ...common, values }));
  expect(encoded).toEqual({
    ...common,
    timestamp: '2026-01-01T00:00:00.000Z',
    ids: [expect.any(String), expect.any(String), expect.any(String)],
    types: ['latency', 'cost', 'usage'],
    values: [1.5, 1e-7, null],
  });
  const { ids } = Object(encoded);
  expect(new Set(ids).size).toBe(3);
});
