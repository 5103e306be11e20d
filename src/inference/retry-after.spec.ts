import { describe, expect, it } from 'vitest';
import { retryAfterMs } from './retry-after.js';

const HOUR = 3_600_000;
const ago = (ms: number): string => new Date(Date.now() - ms).toUTCString();

describe('retryAfterMs', () => {
  it.each<[string, Record<string, string>, number | undefined]>([
    ['no header', {}, undefined],
    ['seconds', { 'retry-after': '30' }, 30_000],
    ['zero', { 'retry-after': '0' }, 0],
    ['fractions of a second', { 'retry-after': '1.5' }, 1_500],
    ['milliseconds', { 'retry-after-ms': '250' }, 250],
    ["Azure's milliseconds", { 'x-ms-retry-after-ms': '400' }, 400],
    ['the largest of all', { 'retry-after': '1', 'retry-after-ms': '2500' }, 2_500],
    ['a negative value', { 'retry-after': '-5' }, undefined],
    ['a negative beside a good value', { 'retry-after': '-5', 'retry-after-ms': '10' }, 10],
    ['a word', { 'retry-after': 'soon' }, undefined],
    ['nothing', { 'retry-after': ' ' }, undefined],
    ['a year', { 'retry-after': '31536000' }, HOUR],
    ['infinity', { 'retry-after': '1e999' }, HOUR],
    ['a date in the past', { 'retry-after': ago(60_000) }, undefined],
    ['a far date', { 'retry-after': ago(-10 * HOUR) }, HOUR],
  ])('%s', (_, headers, expected) => {
    expect(retryAfterMs(new Headers(headers))).toBe(expected);
  });

  it('counts a date from now', () => {
    const wait = retryAfterMs(new Headers({ 'retry-after': ago(-20_000) }));
    expect(wait).toBeGreaterThan(18_000);
    expect(wait).toBeLessThanOrEqual(20_000);
  });
});
