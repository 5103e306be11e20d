import { describe, expect, it } from 'vitest';

import { ProbeVerdict } from '../../generated/prisma/client.js';
import { CLAIM_NAMES, findingOf, readTestResults } from './claim-states.js';

function stateOf(...verdicts: string[]) {
  const results = verdicts.map((verdict) => ({ claim: 'streaming', verdict, reason: null }));
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
    const results = [{ claim: 'vision', verdict: 'FAIL_BEHAVIOUR', reason: null }];
    expect(findingOf('streaming', results)).toEqual({ state: 'untested', reason: null });
  });

  it('says why a claim is refuted or its test found nothing', () => {
    const results = [
      { claim: 'streaming', verdict: 'PASS', reason: null },
      { claim: 'streaming', verdict: 'FAIL_BEHAVIOUR', reason: 'TOO_FEW_DELTAS' },
      { claim: 'vision', verdict: 'INCONCLUSIVE_TRANSIENT', reason: 'RATE_LIMIT' },
      { claim: 'reasoning', verdict: 'SKIPPED_BUDGET', reason: null },
    ];
    expect(findingOf('streaming', results).reason).toBe('TOO_FEW_DELTAS');
    expect(findingOf('vision', results).reason).toBe('RATE_LIMIT');
    expect(findingOf('reasoning', results).reason).toBe('SKIPPED_BUDGET');
  });
});

describe('readTestResults', () => {
  it('passes over what is no test of a claim', () => {
    const good = { claim: 'vision', verdict: 'PASS', reason: null };
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
