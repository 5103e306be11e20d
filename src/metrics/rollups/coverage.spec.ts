import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { coverageOf, type Due, type Span } from './coverage.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOTHING: Due = { hours: new Set(), days: new Set() };

function span(from: number, to: number): Span {
  return { from: from * HOUR, to: to * HOUR };
}

describe('where the points of a range are found', () => {
  it.each([
    ['whole days', span(0, 48), NOTHING, { days: [span(0, 48)] }],
    [
      'days and hours before and after',
      span(22, 50),
      NOTHING,
      { days: [span(24, 48)], hours: [span(22, 24), span(48, 50)] },
    ],
    [
      'parts of hours',
      span(0.5, 2.5),
      NOTHING,
      { hours: [span(1, 2)], points: [span(0.5, 1), span(2, 2.5)] },
    ],
    ['less than an hour', span(0.5, 1.5), NOTHING, { points: [span(0.5, 1.5)] }],
    [
      'an hour that lacks points, and so its day',
      span(0, 48),
      { hours: new Set([3 * HOUR]), days: new Set<number>() },
      { days: [span(24, 48)], hours: [span(0, 3), span(4, 24)], points: [span(3, 4)] },
    ],
    [
      'a day that lacks points, which its hours have',
      span(0, 48),
      { hours: new Set<number>(), days: new Set([DAY]) },
      { days: [span(0, 24)], hours: [span(24, 48)] },
    ],
  ])('%s', (_, range, due, expected) => {
    expect(coverageOf(range, due)).toEqual({ days: [], hours: [], points: [], ...expected });
  });

  it('is one place for every moment, and no roll-up that lacks points', () => {
    const moment = fc.integer({ min: 0, max: 5 * DAY });
    const starts = (width: number) =>
      fc
        .array(fc.integer({ min: 0, max: (5 * DAY) / width }), { maxLength: 5 })
        .map((numbers) => new Set(numbers.map((number) => number * width)));
    const due = fc.record({ hours: starts(HOUR), days: starts(DAY) });
    fc.assert(
      fc.property(moment, fc.integer({ min: 1, max: 3 * DAY }), due, (from, length, lacking) => {
        const to = from + length;
        const { days, hours, points } = coverageOf({ from, to }, lacking);
        const ordered = [...days, ...hours, ...points].toSorted((a, b) => a.from - b.from);
        expect(ordered[0]?.from).toBe(from);
        ordered.forEach((one, index) => expect(ordered[index + 1]?.from ?? to).toBe(one.to));
        for (const one of [...days, ...hours]) {
          expect(one.from % HOUR).toBe(0);
          const lacks = (starts: ReadonlySet<number>) =>
            [...starts].some((at) => at >= one.from && at < one.to);
          expect(lacks(lacking.hours)).toBe(false);
          if (days.includes(one)) expect(lacks(lacking.days)).toBe(false);
        }
      }),
    );
  });
});
