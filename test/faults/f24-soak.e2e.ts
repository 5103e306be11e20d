import { describe, expect, it } from 'vitest';

import { faultSchedule } from './fault-schedule.js';
import { soak } from './soak.js';

const HOUR_MS = 3_600_000;

/** The short form of `npm run test:faults -- --soak MINUTES`. */
describe('A soak of random faults', () => {
  const queue = process.env.TEST_QUEUE === 'redis' ? 'redis' : 'postgres';

  it('is the same for the same seed, and meets every kind of fault', () => {
    const planned = faultSchedule(7, HOUR_MS, true);
    expect(faultSchedule(7, HOUR_MS, true)).toEqual(planned);
    expect(faultSchedule(8, HOUR_MS, true)).not.toEqual(planned);
    expect(new Set(planned.map(({ kind }) => kind)).size).toBe(8);
    const pauses = planned.map(({ at }, index) => at - (planned[index - 1]?.at ?? 0));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(5_000);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(30_000);
  });

  it('loses, doubles and misjudges nothing', async () => {
    const { breaches, faults, ended, accepted } = await soak({
      ...{ seed: 24, queue, durationMs: 12_000, pauses: [700, 1_800] },
    });
    expect(breaches).toEqual([]);
    expect(faults.length).toBeGreaterThan(4);
    expect(accepted).toBeGreaterThan(5);
    expect(ended).not.toHaveProperty('FAILED');
  }, 240_000);
});
