import { describe, expect, it } from 'vitest';

import { certificateChange, type RunFacts } from './run-result.js';
import type { Verdict } from './verdict.js';

const NOW = new Date('2026-01-31T00:00:00Z');
const RUN: RunFacts = {
  ...{ id: 'run-1', profile: 'standard', standingProfile: 'deep', createdBy: null },
  ...{ suiteVersion: '2.0.0', inputsHash: 'hash', startedAt: NOW },
};
const WARNING: Verdict = {
  ...{ status: 'QUALITY_WARNING', rating: 3.9, badge: 'FUNCTIONAL', error: null },
  scores: { correctness: 1, reliability: 1, consistency: 1, latency: 1 },
  ...{ testsPassed: 5, testsFailed: 0, failureReasons: [] },
};

describe('The verdict of a run that is shallower than the one that stands', () => {
  it.each<[string, Partial<Verdict>, Partial<RunFacts>, string | undefined]>([
    ['stays away when it found nothing failing', {}, {}, undefined],
    ['takes its place when it refuted a claim', { testsFailed: 1 }, {}, 'QUALITY_WARNING'],
    ['takes its place when it failed', { status: 'FAILED', testsFailed: 1 }, {}, 'FAILED'],
    ['takes its place when none stands', {}, { standingProfile: null }, 'QUALITY_WARNING'],
    ['takes its place when it is as deep', {}, { standingProfile: 'smoke' }, 'QUALITY_WARNING'],
    ['stays away when it is none', { status: 'COMPLETED', testsFailed: 1 }, {}, undefined],
  ])('%s', (_, verdict, run, lastVerdict) => {
    const change = certificateChange({ ...WARNING, ...verdict }, [], { ...RUN, ...run }, NOW);
    expect(change.lastVerdict).toBe(lastVerdict);
    expect(change.status).toBe(verdict.status ?? 'QUALITY_WARNING');
  });
});

describe('The duration of a run', () => {
  it.each([
    ['is what it took', '2026-01-30T23:59:59Z', 1_000],
    ['of more than 24 days is the longest that can be stored', '2025-12-31T00:00:00Z', 2 ** 31 - 1],
    ['is never below zero', '2026-01-31T00:00:01Z', 0],
  ])('%s', (_, startedAt, duration) => {
    const run = { ...RUN, startedAt: new Date(startedAt) };
    expect(certificateChange(WARNING, [], run, NOW).duration).toBe(duration);
  });
});
