import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { ProbeVerdict } from '../../generated/prisma/client.js';
import type { ErrorCategory } from '../../inference/inference-error.js';
import type { ProbeKind } from '../probes/probe.js';
import type { Exchange } from '../session/exchange.js';
import { PERMANENT, type Attempt, type Outcome } from './outcome.js';
import { rate } from './rating.js';
import { decide, type Tested } from './verdict.js';

const RUNS = { numRuns: 200 };

/** A deployment that declares nothing: only what its probes came to counts. */
const TESTED: Tested = {
  capabilities: {
    ...{ streaming: false, vision: false, functionCalling: false },
    ...{ maxContextWindow: 0, maxOutputTokens: 0 },
  },
  profile: 'standard',
  region: 'global',
};

/** What a run may come to, as far as the rating looks at it. */
interface Shape {
  readonly gate: ProbeVerdict;
  readonly probes: readonly { kind: ProbeKind; verdict: ProbeVerdict; flaky: boolean }[];
  readonly ttftP50Ms: number | null;
  readonly disturbed: number;
  readonly undisturbed: number;
}

const JUDGED: readonly ProbeVerdict[] = [
  'PASS',
  'PASS_WITH_WARNING',
  'FAIL_BEHAVIOUR',
  'FAIL_CAPABILITY',
];
const ALL: readonly ProbeVerdict[] = [
  ...JUDGED,
  'INCONCLUSIVE_TRANSIENT',
  'INCONCLUSIVE_POLICY',
  'SKIPPED_NOT_DECLARED',
  'SKIPPED_BUDGET',
  'INFO_UNDECLARED_SUPPORTED',
];

function shapes(verdicts: readonly ProbeVerdict[]): fc.Arbitrary<Shape> {
  return fc.record({
    gate: fc.constantFrom(...verdicts),
    probes: fc.array(
      fc.record({
        kind: fc.constantFrom<ProbeKind[]>('core', 'other', 'information'),
        verdict: fc.constantFrom(...verdicts),
        flaky: fc.boolean(),
      }),
      { maxLength: 17 },
    ),
    ttftP50Ms: fc.option(fc.double({ min: 0, max: 60_000, noNaN: true })),
    disturbed: fc.nat(30),
    undisturbed: fc.integer({ min: 1, max: 60 }),
  });
}

function outcome(index: number, facts: Partial<Outcome> & Pick<Outcome, 'kind'>): Outcome {
  return {
    ...{ probe: `probe ${index}`, claim: null, verdict: 'PASS', flaky: false, attempts: 1 },
    ...{ passes: 1, reason: null, message: null, warnings: [], metrics: null, category: null },
    requestId: null,
    ...facts,
  };
}

function outcomes({ gate, probes, ttftP50Ms }: Shape): Outcome[] {
  return [
    outcome(0, { kind: 'gate', verdict: gate }),
    ...probes.map((probe, index) => outcome(index + 1, probe)),
    outcome(99, { kind: 'measurement', metrics: { ttftP50Ms } }),
  ];
}

function attempts({ disturbed, undisturbed }: Shape): Attempt[] {
  const exchange = (category?: ErrorCategory): Exchange => ({
    ...{ label: '', streamed: false, asked: '', tools: [], adapted: null, answered: true },
    ...{ text: '', toolCalls: [], stopReason: 'stop', usage: null, model: null, region: null },
    ...{ requestId: null, totalMs: 1, firstTokenMs: null, events: null, raw: null },
    faults: category
      ? [{ category, status: 500, code: null, param: null, requestId: null, ...WAITED }]
      : [],
  });
  const exchanges = [
    ...Array.from({ length: undisturbed }, () => exchange()),
    ...Array.from({ length: disturbed }, () => exchange('PROVIDER_ERROR')),
  ];
  const now = new Date(0);
  return [
    {
      ...{ probe: 'probe 0', attempt: 1, verdict: 'PASS', reason: null, message: null },
      ...{ warnings: [], metrics: null, costUsd: 0, startedAt: now, completedAt: now },
      exchanges,
    },
  ];
}

const WAITED = { message: '', retryAfterMs: null, waitedMs: 0 };

function ratingOf(shape: Shape): number | null {
  return rate(outcomes(shape), attempts(shape), isFail(shape.gate)).rating;
}

const isPass = (verdict: ProbeVerdict) => verdict.startsWith('PASS');
const isFail = (verdict: ProbeVerdict) => verdict.startsWith('FAIL');

/** The same run, better in one respect. */
function betterments(shape: Shape): Shape[] {
  return [
    ...shape.probes.flatMap((probe, index) =>
      [
        ...(isFail(probe.verdict) ? [{ ...probe, verdict: 'PASS' as const }] : []),
        ...(probe.flaky ? [{ ...probe, flaky: false }] : []),
      ].map((better) => ({ ...shape, probes: shape.probes.with(index, better) })),
    ),
    ...(shape.disturbed > 0
      ? [{ ...shape, disturbed: shape.disturbed - 1, undisturbed: shape.undisturbed + 1 }]
      : []),
    ...(shape.ttftP50Ms === null ? [] : [{ ...shape, ttftP50Ms: shape.ttftP50Ms / 2 }]),
  ];
}

describe('A rating', () => {
  it('never falls when one thing is better', () => {
    fc.assert(
      fc.property(shapes(JUDGED), (shape) => {
        const before = ratingOf(shape);
        for (const better of betterments(shape)) {
          expect(ratingOf(better) ?? -1).toBeGreaterThanOrEqual(before ?? -1);
        }
      }),
      RUNS,
    );
  });

  it('is a step of 0.1 from 0 to 5, and never above the cap of what failed', () => {
    fc.assert(
      fc.property(shapes(ALL), (shape) => {
        const rating = ratingOf(shape);
        if (rating === null) return;
        expect(rating).toBeGreaterThanOrEqual(0);
        expect(rating).toBeLessThanOrEqual(5);
        expect(Math.abs(rating * 10 - Math.round(rating * 10))).toBeLessThan(1e-9);
        const failed = shape.probes.filter(({ verdict }) => isFail(verdict));
        if (failed.some(({ kind }) => kind === 'other')) expect(rating).toBeLessThanOrEqual(3.9);
        if (failed.some(({ kind }) => kind === 'core')) expect(rating).toBeLessThanOrEqual(2.9);
      }),
      RUNS,
    );
  });

  it('is 0 when the gate fails, whatever else was seen', () => {
    fc.assert(
      fc.property(shapes(ALL), fc.constantFrom(...JUDGED.filter(isFail)), (shape, gate) => {
        expect(ratingOf({ ...shape, gate })).toBe(0);
      }),
      RUNS,
    );
  });

  it('is 0 when a permanent fault ends the run, whatever passed before', () => {
    fc.assert(
      fc.property(shapes(ALL), fc.constantFrom(...PERMANENT), (shape, category) => {
        const fault = outcome(98, { kind: 'core', verdict: 'INCONCLUSIVE_CONFIG', category });
        const verdict = decide(TESTED, [...outcomes(shape), fault], attempts(shape));
        expect(verdict).toMatchObject({ status: 'FAILED', rating: 0, badge: 'UNAVAILABLE' });
      }),
      RUNS,
    );
  });

  it('is none when every answer was throttled, and the certificate is left alone', () => {
    fc.assert(
      fc.property(shapes(ALL), (shape) => {
        const throttled = outcomes(shape).map((one): Outcome => ({
          ...one,
          verdict: 'INCONCLUSIVE_TRANSIENT',
          category: 'RATE_LIMIT',
        }));
        expect(rate(throttled, [], false).rating).toBeNull();
        expect(decide(TESTED, throttled, [])).toMatchObject({ status: 'COMPLETED', rating: null });
      }),
      RUNS,
    );
  });

  it('certifies nothing below 3, nor with a failed test', () => {
    fc.assert(
      fc.property(shapes(ALL), (shape) => {
        const verdict = decide(TESTED, outcomes(shape), attempts(shape));
        if (verdict.status !== 'CERTIFIED') return;
        expect(verdict.rating).toBeGreaterThanOrEqual(3);
        expect(isPass(shape.gate)).toBe(true);
        const tests = shape.probes.filter(({ kind }) => kind !== 'information');
        expect(tests.some(({ verdict: one }) => isFail(one))).toBe(false);
      }),
      RUNS,
    );
  });
});
