import { beforeEach, expect, it } from 'vitest';

import { HttpTally } from './http-tally.js';

const AT = new Date('2026-01-01T00:00:00Z');

let tally: HttpTally;

beforeEach(() => {
  tally = new HttpTally();
});

function of(latency: number, errorRate: number) {
  return [
    ['http_latency', latency],
    ['http_error_rate', errorRate],
  ];
}

it('sums up the answers of each method and route', () => {
  tally.add('GET', '/api/v2/models', 200, 10);
  tally.add('GET', '/api/v2/models', 404, 20);
  tally.add('GET', '/api/v2/models', 503, 60);
  tally.add('POST', '/api/v2/models', 201, 5);
  const read = { method: 'GET', route: '/api/v2/models', requests: 3 };
  const write = { method: 'POST', route: '/api/v2/models', requests: 1 };
  const common = { deploymentId: null, timestamp: AT };
  expect(tally.take(AT)).toEqual([
    { ...common, metadata: read, values: of(30, 1 / 3) },
    { ...common, metadata: write, values: of(5, 0) },
  ]);
});

it('begins anew when it is taken', () => {
  tally.add('GET', '/api/v2/models', 200, 10);
  tally.take(AT);
  expect(tally.take(AT)).toEqual([]);
  tally.add('GET', '/api/v2/models', 200, 4);
  expect(tally.take(AT)).toMatchObject([{ values: of(4, 0) }]);
});
