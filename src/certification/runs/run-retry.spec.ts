import { describe, expect, it } from 'vitest';

import type { ProbeVerdict } from '../../generated/prisma/client.js';
import type { ErrorCategory } from '../../inference/inference-error.js';
import type { Fault } from '../session/exchange.js';
import type { Attempt, Outcome } from '../validation/outcome.js';
import { waitBeforeRetry } from './run-retry.js';

const NOW = new Date('2030-01-01T12:00:00Z');
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

function outcome(
  probe: string,
  verdict: ProbeVerdict,
  category: ErrorCategory | null = null,
  rest: Partial<Outcome> = {},
): Outcome {
  return {
    ...{ probe, verdict, category, reason: category, kind: 'core', claim: null, flaky: false },
    ...{ attempts: 0, passes: 0, message: null, warnings: [], metrics: null, requestId: null },
    ...rest,
  };
}

const PASSED = outcome('basicChat', 'PASS', null, { kind: 'gate' });
const THROTTLED = outcome('streaming', 'INCONCLUSIVE_TRANSIENT', 'RATE_LIMIT');

/** An attempt of `streaming` whose last request met this fault. */
function attempt(retryAfterMs: number | null, secondsAgo: number): Attempt {
  const completedAt = new Date(NOW.getTime() - secondsAgo * 1_000);
  const fault: Fault = {
    ...{ category: 'RATE_LIMIT', status: 429, code: null, param: null, requestId: null },
    ...{ message: '', retryAfterMs, waitedMs: 0 },
  };
  const exchange = {
    ...{ label: '', streamed: true, asked: '', tools: [], faults: [fault], adapted: null },
    ...{ answered: false, text: '', toolCalls: [], stopReason: null, usage: null, model: null },
    ...{
      region: null,
      requestId: null,
      totalMs: null,
      firstTokenMs: null,
      events: null,
      raw: null,
    },
  } as const;
  return {
    ...{ probe: 'streaming', attempt: 1, verdict: 'INCONCLUSIVE_TRANSIENT', reason: 'RATE_LIMIT' },
    ...{ message: null, warnings: [], metrics: null, costUsd: 0, startedAt: completedAt },
    ...{ exchanges: [exchange], completedAt },
  };
}

function waitOf(
  outcomes: readonly Outcome[],
  { tries = 0, since = NOW, attempts = [] as readonly Attempt[] } = {},
): number | null {
  const run = { tries, startedAt: since, outcomes, attempts };
  return waitBeforeRetry(run, MINUTE_MS, NOW);
}

describe('a run without verdict', () => {
  it.each([
    [0, 1],
    [1, 4],
    [2, 16],
  ])('after %i fruitless tries waits about %i minutes', (tries, minutes) => {
    const wait = waitOf([PASSED, THROTTLED], { tries });
    expect(wait).toBeGreaterThanOrEqual(minutes * MINUTE_MS);
    expect(wait).toBeLessThanOrEqual(minutes * 1.25 * MINUTE_MS);
  });

  it('is tried four times, and for six hours at most', () => {
    expect(waitOf([PASSED, THROTTLED], { tries: 3 })).toBeNull();
    const ago = (ms: number) => new Date(NOW.getTime() - ms);
    expect(waitOf([THROTTLED], { since: ago(6 * HOUR_MS) })).toBeNull();
    expect(waitOf([THROTTLED], { since: ago(5 * HOUR_MS) })).not.toBeNull();
  });

  it('waits as long as its provider asked, from then on, within its six hours', () => {
    const attempts = [attempt(1_800_000, 300)];
    expect(waitOf([THROTTLED], { attempts })).toBe(1_500_000);
    expect(waitOf([THROTTLED], { attempts: [attempt(1_000, 300)] })).toBeLessThan(75_001);
    expect(waitOf([THROTTLED], { attempts: [attempt(7 * HOUR_MS, 0)] })).toBeNull();
  });

  it.each<[string, readonly Outcome[], boolean]>([
    ['the gate met an outage', [gate('PROVIDER_ERROR'), skipped()], true],
    ['the gate timed out', [gate('TIMEOUT'), skipped()], true],
    ['its budget is spent', [THROTTLED, outcome('vision', 'SKIPPED_BUDGET')], false],
    ['a filter is in the way', [THROTTLED, outcome('vision', 'INCONCLUSIVE_POLICY')], false],
    [
      'the account has no quota',
      [outcome('vision', 'INCONCLUSIVE_CONFIG', 'QUOTA_EXHAUSTED'), skipped()],
      false,
    ],
    ['only what is not required is open', [PASSED, { ...THROTTLED, kind: 'other' }], false],
    [
      'its context is larger than its rate limit',
      [{ ...THROTTLED, reason: 'TPM_BELOW_CONTEXT' }],
      false,
    ],
  ])('when %s', (_, outcomes, again) => {
    expect(waitOf(outcomes) !== null).toBe(again);
  });
});

function gate(category: ErrorCategory): Outcome {
  return outcome('basicChat', 'INCONCLUSIVE_TRANSIENT', category, { kind: 'gate' });
}

function skipped(): Outcome {
  return outcome('streaming', 'SKIPPED_DEPENDENCY');
}
