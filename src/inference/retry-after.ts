import type { HeaderReader } from './answer.js';

const LONGEST_MS = 3_600_000;

/**
 * How long a provider asks to wait, in milliseconds: the longest of its headers, at most one hour;
 * undefined when it says nothing usable.
 */
export function retryAfterMs(headers: HeaderReader): number | undefined {
  const waits = [
    number(headers.get('retry-after-ms')),
    number(headers.get('x-ms-retry-after-ms')),
    secondsOrDate(headers.get('retry-after')),
  ].filter((wait) => wait >= 0);
  return waits.length === 0 ? undefined : Math.min(Math.max(...waits), LONGEST_MS);
}

function number(value: string | null): number {
  return value === null || value.trim() === '' ? Number.NaN : Number(value);
}

function secondsOrDate(value: string | null): number {
  const seconds = number(value);
  if (!Number.isNaN(seconds)) return seconds * 1000;
  return value === null ? Number.NaN : Date.parse(value) - Date.now();
}
