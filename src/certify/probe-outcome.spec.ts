import { describe, expect, it } from 'vitest';

import { outcomesOf } from './probe-outcome.js';

type Attempt = Parameters<typeof outcomesOf>[0][number];

function attempts(...verdicts: Attempt['verdict'][]): Attempt[] {
  return verdicts.map((verdict, index) => ({
    ...{ probe: 'vision', attempt: index + 1, verdict, reason: `R${index + 1}`, message: null },
    ...{ warnings: [], evidence: [], inputTokens: 1, outputTokens: 1, costUsd: 0 },
    ...{ startedAt: '2026-01-01T00:00:00.000Z', completedAt: '2026-01-01T00:00:01.500Z' },
  }));
}

describe('What attempts come to', () => {
  it.each<[Attempt['verdict'][], string, string]>([
    [['PASS'], 'PASS', 'R1'],
    [['FAIL_BEHAVIOUR', 'PASS', 'PASS_WITH_WARNING'], 'PASS_WITH_WARNING', 'R3'],
    [['PASS', 'FAIL_BEHAVIOUR', 'PASS'], 'PASS', 'R3'],
    [['PASS', 'PASS', 'FAIL_BEHAVIOUR'], 'PASS', 'R2'],
    [['PASS', 'FAIL_BEHAVIOUR', 'FAIL_BEHAVIOUR'], 'FAIL_BEHAVIOUR', 'R3'],
    [['FAIL_BEHAVIOUR', 'FAIL_BEHAVIOUR', 'PASS'], 'FAIL_BEHAVIOUR', 'R2'],
    [['PASS', 'PASS', 'FAIL_CAPABILITY'], 'FAIL_CAPABILITY', 'R3'],
    [['INCONCLUSIVE_TRANSIENT', 'PASS'], 'PASS', 'R2'],
    [['PASS', 'FAIL_BEHAVIOUR', 'INCONCLUSIVE_TRANSIENT'], 'INCONCLUSIVE_TRANSIENT', 'R3'],
    [['SKIPPED_NOT_DECLARED'], 'SKIPPED_NOT_DECLARED', 'R1'],
  ])('%j is %s by %s', (verdicts, verdict, reason) => {
    const [outcome] = outcomesOf(attempts(...verdicts));
    const seconds = verdicts.length * 1.5;
    expect(outcome).toMatchObject({ verdict, reason, attempts: verdicts.length, seconds });
  });

  it('is told for each probe, in the order in which they began', () => {
    const [first, second] = attempts('PASS', 'PASS');
    const other = attempts('FAIL_CAPABILITY').map((one) => ({ ...one, probe: 'basicChat' }));
    const all = [first, ...other, second].flatMap((one) => one ?? []);
    expect(outcomesOf(all).map(({ probe }) => probe)).toEqual(['vision', 'basicChat']);
  });
});
