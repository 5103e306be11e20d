import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const VERSION_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const NOON = Date.parse('2040-01-01T12:00:00.000Z');

describe('An ordered id', () => {
  let orderedId: () => string;

  beforeEach(async () => {
    vi.useFakeTimers({ now: NOON });
    vi.resetModules();
    ({ orderedId } = await import('./ordered-id.js'));
  });
  afterEach(() => vi.useRealTimers());

  it('is a UUID of version 7 that begins with the time in milliseconds', () => {
    const id = orderedId();
    expect(id).toMatch(VERSION_7);
    expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(NOON);
  });

  it('sorts after those before it, in one millisecond, in the next and with the clock set back', () => {
    const made = Array.from({ length: 10_000 }, orderedId);
    vi.setSystemTime(NOON + 1);
    made.push(orderedId());
    vi.setSystemTime(NOON - 3_600_000);
    made.push(orderedId(), orderedId());
    expect(made.every((id) => VERSION_7.test(id))).toBe(true);
    expect(made.toSorted()).toEqual(made);
    expect(new Set(made).size).toBe(made.length);
  });
});
