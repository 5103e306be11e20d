import { afterEach, expect, it, vi } from 'vitest';

import { clockFrom } from './database-clock.js';

afterEach(() => vi.useRealTimers());

it('goes on from the moment given, whatever happens to the clock of the machine', () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout'] });
  const now = clockFrom(new Date('2026-01-02T03:04:05.000Z'));
  vi.advanceTimersByTime(2_500);
  vi.setSystemTime(new Date('1999-01-01'));
  expect(now().toISOString()).toBe('2026-01-02T03:04:07.500Z');
});
