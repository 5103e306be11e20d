import { describe, expect, it } from 'vitest';

import { InvalidInput } from '../shared/http/problem.js';
import { rangeOf } from './metric-range.js';
import type { Bucket } from './metrics.query.js';

const NOW = new Date('2026-03-01T12:00:00Z');

function range(query: { from?: string; to?: string; bucket?: Bucket }): string[] {
  const { from, to } = rangeOf({ bucket: '1h', ...query }, NOW);
  return [from.toISOString(), to.toISOString()];
}

function refusal(query: { from?: string; to?: string; bucket?: Bucket }): string {
  try {
    range(query);
  } catch (error) {
    if (error instanceof InvalidInput) return error.message;
    throw error;
  }
  throw new Error('It was taken.');
}

describe('the range of a query', () => {
  it.each([
    [{}, '2026-02-28T12:00:00.000Z', '2026-03-01T12:00:00.000Z'],
    [{ from: '2026-03-01T11:00:00Z' }, '2026-03-01T11:00:00.000Z', '2026-03-01T12:00:00.000Z'],
    [{ to: '2026-01-02' }, '2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'],
    [
      { from: '2026-01-01T00:00:00+02:00', to: '2026-01-01' },
      '2025-12-31T22:00:00.000Z',
      '2026-01-01T00:00:00.000Z',
    ],
  ])('of %j', (query, from, to) => {
    expect(range(query)).toEqual([from, to]);
  });

  it.each([
    ['400 days', { from: '2025-01-25T12:00:00Z', bucket: '1d' as const }],
    ['9,600 hours', { from: '2025-01-25T12:00:00Z', bucket: '1h' as const }],
    ['10,000 times 5 minutes', { from: '2026-01-25T18:40:00Z', bucket: '5m' as const }],
  ])('may be %s long', (_, query) => {
    expect(() => range(query)).not.toThrow();
  });

  it.each([
    [{ from: '2026-03-01T12:00:00Z' }, '/from must be before /to'],
    [{ from: '2026-01-02', to: '2026-01-01' }, '/from must be before /to'],
    [
      { from: '2025-01-25T11:59:59Z', bucket: '1d' as const },
      '/from must be at most 400 days before /to',
    ],
    [
      { from: '2026-01-25T18:39:59Z', bucket: '5m' as const },
      '/from must be at most 10,000 buckets',
    ],
  ])('may not be that of %j', (query, sentence) => {
    expect(refusal(query)).toContain(sentence);
  });
});
