import { describe, expect, it } from 'vitest';

import type { ProbeVerdict } from '../../generated/prisma/client.js';
import type { CapabilitiesDto } from '../../models/capabilities.dto.js';
import type { Attempt, Outcome } from './outcome.js';
import type { ProbeKind } from '../probes/probe.js';
import { badgeOf, rate } from './rating.js';
import { decide } from './verdict.js';

const CAPABILITIES: CapabilitiesDto = {
  ...{ streaming: true, vision: false, functionCalling: true },
  ...{ maxContextWindow: 1000, maxOutputTokens: 100 },
};

const TESTED = { capabilities: CAPABILITIES, profile: 'standard', region: 'global' } as const;
/** Claims with a probe of the same name here. */
const CLAIMS = ['streaming', 'functionCalling', 'maxOutputTokens', 'maxContextWindow'] as const;

function outcome(probe: string, kind: ProbeKind, changes: Partial<Outcome> = {}): Outcome {
  const claim = CLAIMS.find((name) => name === probe) ?? null;
  return {
    ...{ probe, kind, claim, verdict: 'PASS', flaky: false, attempts: 1, passes: 1 },
    ...{
      reason: null,
      message: null,
      warnings: [],
      metrics: null,
      category: null,
      requestId: null,
    },
    ...changes,
  };
}

/** A flawless run, changed probe by probe. */
function suite(changes: Record<string, Partial<Outcome>> = {}, ttftP50Ms = 600): Outcome[] {
  return [
    outcome('basicChat', 'gate', changes.basicChat),
    outcome('streaming', 'core', changes.streaming),
    outcome('usageReporting', 'other', changes.usageReporting),
    outcome('functionCalling', 'core', changes.functionCalling),
    outcome('maxOutputTokens', 'core', changes.maxOutputTokens),
    outcome('maxContextWindow', 'core', changes.maxContextWindow),
    outcome('latencySample', 'measurement', { metrics: { ttftP50Ms, meanMs: 1000 } }),
  ];
}

const failed = (verdict: ProbeVerdict = 'FAIL_BEHAVIOUR') =>
  ({ verdict, category: 'QUALITY_ISSUE', reason: 'R' }) as const;
const open = (category: Outcome['category'], verdict: ProbeVerdict = 'INCONCLUSIVE_TRANSIENT') => ({
  verdict,
  category,
});

/** One request that was answered at the first try. */
const undisturbed: Attempt[] = [
  {
    probe: 'basicChat',
    attempt: 1,
    verdict: 'PASS',
    reason: null,
    message: null,
    warnings: [],
    metrics: null,
    costUsd: 0,
    startedAt: new Date(0),
    completedAt: new Date(0),
    exchanges: [
      {
        label: 'chat',
        streamed: false,
        asked: '',
        tools: [],
        faults: [],
        adapted: null,
        answered: true,
        text: '',
        toolCalls: [],
        stopReason: 'stop',
        usage: null,
        model: null,
        region: null,
        requestId: null,
        totalMs: 1,
        firstTokenMs: null,
        events: null,
        raw: null,
      },
    ],
  },
];

describe('rate', () => {
  it.each([
    ['flawless, 0.6 s', suite(), 5],
    ['flawless, 2.5 s', suite({}, 2500), 4.7],
    ['flawless, 12 s', suite({}, 12_000), 4.2],
    ['a core claim fails', suite({ functionCalling: failed() }), 2.9],
    ['another claim fails', suite({ usageReporting: failed() }), 3.9],
  ])('%s', (_, outcomes, rating) => {
    expect(rate(outcomes, undisturbed, false).rating).toBe(rating);
  });

  it('is 0 for a dead deployment and null for a throttled one', () => {
    expect(rate(suite({ basicChat: failed() }), undisturbed, true).rating).toBe(0);
    const throttled = suite({ basicChat: open('RATE_LIMIT'), streaming: open('RATE_LIMIT') });
    expect(rate(throttled, undisturbed, false)).toMatchObject({ rating: null, badge: null });
  });

  it.each([
    ['PROVIDER_ERROR', 0.5],
    ['TIMEOUT', 0.5],
    ['NETWORK_ERROR', 0.5],
    ['RATE_LIMIT', 1],
    ['PROTOCOL_ERROR', 1],
  ] as const)('of two requests, one met %s at its first try: reliability %d', (category, share) => {
    const fault = {
      ...{ category, status: null, code: null, param: null, requestId: null },
      ...{ message: '', retryAfterMs: null, waitedMs: 0 },
    };
    const disturbed = undisturbed.map((attempt) => ({
      ...attempt,
      exchanges: attempt.exchanges.map((exchange) => ({ ...exchange, faults: [fault] })),
    }));
    const { scores } = rate(suite(), [...undisturbed, ...disturbed], false);
    expect(scores.reliability).toBe(share);
  });

  it.each([
    [5, 'PREMIUM'],
    [4.7, 'RECOMMENDED'],
    [3, 'FUNCTIONAL'],
    [2.9, 'LIMITED'],
    [1, 'NOT_RECOMMENDED'],
    [0.9, 'UNAVAILABLE'],
  ])('%d is %s', (rating, badge) => {
    expect(badgeOf(rating)).toBe(badge);
  });
});

describe('decide', () => {
  it.each([
    ['CERTIFIED', suite()],
    ['QUALITY_WARNING', suite({ usageReporting: failed() })],
    ['QUALITY_WARNING', suite({ streaming: { flaky: true } })],
    ['QUALITY_WARNING', suite({ streaming: { warnings: ['BUFFERED_STREAM'] } })],
    ['CERTIFIED', suite({ streaming: { warnings: ['ROLE_REPEATED'] } })],
    ['QUALITY_WARNING', suite({}, 6000)],
    ['FAILED', suite({ basicChat: failed() })],
    ['FAILED', suite({ functionCalling: failed('FAIL_CAPABILITY') })],
    ['FAILED', suite({ basicChat: open('PERMISSION_ERROR', 'INCONCLUSIVE_CONFIG') })],
    ['COMPLETED', suite({ basicChat: open('RATE_LIMIT') })],
    ['COMPLETED', suite({ streaming: open('TIMEOUT') })],
    ['COMPLETED', suite({ basicChat: open('QUOTA_EXHAUSTED', 'INCONCLUSIVE_CONFIG') })],
  ])('%s', (status, outcomes) => {
    expect(decide(TESTED, outcomes, undisturbed).status).toBe(status);
  });

  it('rates 0 what the provider does not know under its id', () => {
    const refused = outcome('identity', 'information', {
      ...{ verdict: 'INCONCLUSIVE_CONFIG', category: 'CONFIGURATION_ERROR' },
    });
    const shut = suite({ basicChat: { verdict: 'SKIPPED_DEPENDENCY' } });
    const verdict = decide(TESTED, [refused, ...shut], []);
    expect(verdict).toMatchObject({ status: 'FAILED', rating: 0 });
    expect(verdict.error).toMatchObject({ category: 'CONFIGURATION_ERROR' });
  });

  it('rates 0 what its last probe may not reach any more, however well it did before', () => {
    const expired = open('AUTHENTICATION_ERROR', 'INCONCLUSIVE_CONFIG');
    const verdict = decide(TESTED, suite({ maxContextWindow: expired }), undisturbed);
    expect(verdict).toMatchObject({ status: 'FAILED', rating: 0, badge: 'UNAVAILABLE' });
  });

  it('does not certify a core claim that no probe tests', () => {
    const claimsMore = { ...TESTED, capabilities: { ...CAPABILITIES, vision: true } };
    const verdict = decide(claimsMore, suite(), undisturbed);
    expect(verdict.status).toBe('QUALITY_WARNING');
    expect(verdict.failureReasons).toMatchObject([{ probe: 'vision', reason: 'NOT_TESTED' }]);
  });

  it('names the most severe reason, not the last', () => {
    const outcomes = suite({
      basicChat: open('PERMISSION_ERROR', 'INCONCLUSIVE_CONFIG'),
      usageReporting: failed(),
    });
    expect(decide(TESTED, outcomes, undisturbed).error).toMatchObject({
      category: 'PERMISSION_ERROR',
      severity: 'CRITICAL',
    });
  });
});
