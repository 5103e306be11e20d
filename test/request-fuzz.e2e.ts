import { afterAll, beforeAll, expect, it } from 'vitest';

import { fuzz } from './support/fuzz/fuzz-catalogue.js';
import { SEALING, TestService } from './support/service.js';

/** A small run of `npm run test:fuzz`: requests that no client should send, to every operation. */
const { FUZZ_REQUESTS = '2000', FUZZ_SEED = '1' } = process.env;
const MEGABYTE = 1_048_576;

let catalogue: TestService;

beforeAll(async () => {
  catalogue = await TestService.start({
    ROLE: 'api', // a worker would call providers
    ...SEALING,
  });
});

afterAll(() => catalogue.close());

it('random requests end in no 5xx, no crash and no growth', async () => {
  const report = await fuzz(catalogue, Number(FUZZ_REQUESTS), Number(FUZZ_SEED));
  const { failures, uncaught, grown, ...counts } = report;
  const { answered } = counts;
  console.log(`fuzz: ${JSON.stringify(counts)}, grown by ${(grown / MEGABYTE).toFixed(1)} MB`);
  expect(failures).toEqual([]);
  expect(uncaught).toEqual([]);
  expect(grown).toBeLessThan(50 * MEGABYTE);
  expect((await fetch(`${catalogue.url}/health/ready`)).status).toBe(200);
  // Not all of them are turned away at the door.
  for (const status of [200, 204, 400, 401, 403, 404, 409, 413]) {
    expect(answered[status], String(status)).toBeGreaterThan(0);
  }
}, 3_600_000);
