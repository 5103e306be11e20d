import { describe, expect, it } from 'vitest';

import { ProbeVerdict } from '../../generated/prisma/client.js';
import { CLAIM_NAMES, findingOf, readTestResults } from './claim-states.js';

const PLAIN = { reason: null, verifiedTo: null, isWhole: false };

function stateOf(...verdicts: string[]) {
  const results = verdicts.map((verdict) => ({ ...PLAIN, claim: 'streaming', verdict }));
  return findingOf('streaming', results).state;
}

describe('findingOf', () => {
  it.each(Object.values(ProbeVerdict))('knows the verdict %s', (verdict) => {
    const proves = verdict === 'PASS' || verdict === 'PASS_WITH_WARNING';
    const refutes = verdict === 'FAIL_CAPABILITY' || verdict === 'FAIL_BEHAVIOUR';
    expect(stateOf(verdict)).toBe(proves ? 'proved' : refutes ? 'refuted' : 'untested');
  });

  it('is refuted by one failed test of several, in whatever order', () => {
    expect(stateOf('PASS', 'FAIL_BEHAVIOUR')).toBe('refuted');
    expect(stateOf('FAIL_BEHAVIOUR', 'PASS')).toBe('refuted');
  });

  it('is proved by one passed test though another found nothing', () => {
    expect(stateOf('INCONCLUSIVE_TRANSIENT', 'PASS')).toBe('proved');
  });

  it('looks at the tests of the claim alone', () => {
    const results = [{ ...PLAIN, claim: 'vision', verdict: 'FAIL_BEHAVIOUR' }];
    const nothing = { state: 'untested', reason: null, provedUpTo: null };
    expect(findingOf('streaming', results)).toEqual(nothing);
  });

  it('says why a claim is refuted or its test found nothing', () => {
    const results = [
      { claim: 'streaming', verdict: 'PASS', reason: null },
      { claim: 'streaming', verdict: 'FAIL_BEHAVIOUR', reason: 'TOO_FEW_DELTAS' },
      { claim: 'vision', verdict: 'INCONCLUSIVE_TRANSIENT', reason: 'RATE_LIMIT' },
      { claim: 'reasoning', verdict: 'SKIPPED_BUDGET', reason: null },
    ].map((result) => ({ ...PLAIN, ...result }));
    expect(findingOf('streaming', results).reason).toBe('TOO_FEW_DELTAS');
    expect(findingOf('vision', results).reason).toBe('RATE_LIMIT');
    expect(findingOf('reasoning', results).reason).toBe('SKIPPED_BUDGET');
  });
});

describe('A context window', () => {
  const results = (metrics: unknown, verdict = 'PASS') =>
    readTestResults([{ claim: 'maxContextWindow', verdict, reason: null, metrics }]);
  const finding = (...given: Parameters<typeof results>) =>
    findingOf('maxContextWindow', results(...given));

  it('is proved once it was filled', () => {
    expect(finding({ contextVerifiedTo: 190_000, wholeWindow: 1 })).toEqual({
      ...{ state: 'proved', reason: null, provedUpTo: 190_000 },
    });
    expect(finding({ contextVerifiedTo: null, wholeWindow: 1 })).toEqual({
      ...{ state: 'proved', reason: null, provedUpTo: null },
    });
  });

  it.each([{ contextVerifiedTo: 7_800, wholeWindow: 0 }, { contextVerifiedTo: 7_800 }])(
    'of which a part was filled is proved up to there, and no further: %j',
    (metrics) => {
      expect(finding(metrics, 'PASS_WITH_WARNING')).toEqual({
        ...{ state: 'untested', reason: 'PARTIALLY_VERIFIED', provedUpTo: 7_800 },
      });
    },
  );

  it.each([undefined, null, 'x', {}, { contextVerifiedTo: '8000' }])(
    'is not proved by a test that does not say how much it filled: %j',
    (metrics) => {
      expect(finding(metrics)).toEqual({
        ...{ state: 'untested', reason: 'PARTIALLY_VERIFIED', provedUpTo: null },
      });
    },
  );

  it('that failed is refuted', () => {
    expect(finding({ contextVerifiedTo: null }, 'FAIL_CAPABILITY').state).toBe('refuted');
  });
});

describe('readTestResults', () => {
  it('passes over what is no test of a claim', () => {
    const good = { ...PLAIN, claim: 'vision', verdict: 'PASS' };
    const others = [null, 'x', 1, [], {}, { claim: null, verdict: 'PASS' }, { claim: 'vision' }];
    expect(readTestResults([...others, { ...good, probe: 'vision', reason: 5 }])).toEqual([good]);
  });

  it.each([undefined, null, 'x', {}, { claim: 'vision' }])('finds none in %j', (value) => {
    expect(readTestResults(value)).toEqual([]);
  });
});

it('names each claim once, the two limits included', () => {
  expect(new Set(CLAIM_NAMES).size).toBe(CLAIM_NAMES.length);
  expect(CLAIM_NAMES).toEqual(expect.arrayContaining(['maxContextWindow', 'maxOutputTokens']));
});
