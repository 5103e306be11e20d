const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** From `from` on, and before `to`: milliseconds of the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Where the points of a range are found: every moment of it is in exactly one span. */
export interface Coverage {
  readonly days: readonly Span[];
  readonly hours: readonly Span[];
  readonly points: readonly Span[];
}

/** Beginnings of the buckets whose roll-ups lack points. */
export interface Due {
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
}

/** The roll-ups of days and hours, as far as they lie in the range and lack nothing; else points. */
export function coverageOf({ from, to }: Span, due: Due): Coverage {
  const first = Math.ceil(from / HOUR_MS) * HOUR_MS;
  const end = Math.floor(to / HOUR_MS) * HOUR_MS;
  if (first >= end) return { days: [], hours: [], points: [{ from, to }] };
  const days: Span[] = [];
  const hours: Span[] = [];
  const points: Span[] = [];
  extend(points, { from, to: first });
  for (let at = first; at < end;) {
    const isDay = at % DAY_MS === 0 && at + DAY_MS <= end && isComplete(at, due);
    const next = at + (isDay ? DAY_MS : HOUR_MS);
    const hour = due.hours.has(at) ? points : hours;
    extend(isDay ? days : hour, { from: at, to: next });
    at = next;
  }
  extend(points, { from: end, to });
  return { days, hours, points };
}

/** The same, of hours and points alone. */
export function withoutDays({ days, hours, points }: Coverage): Coverage {
  return { days: [], hours: [...days, ...hours], points };
}

function isComplete(day: number, due: Due): boolean {
  if (due.days.has(day)) return false;
  for (let at = day; at < day + DAY_MS; at += HOUR_MS) if (due.hours.has(at)) return false;
  return true;
}

/** Adds a span, if anything is in it, to the last one where they meet. */
function extend(spans: Span[], { from, to }: Span): void {
  if (from >= to) return;
  const last = spans.at(-1);
  if (last?.to === from) spans[spans.length - 1] = { from: last.from, to };
  else spans.push({ from, to });
}
