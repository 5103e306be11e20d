import { describe, expect, it } from 'vitest';

import { exitCode } from './exit-code.js';
import type { RunReport } from './run-report.js';

type Status = RunReport['status'];

describe('The exit code', () => {
  it.each<[number, Status[], boolean]>([
    [0, ['CERTIFIED'], false],
    [0, ['CERTIFIED', 'CERTIFIED'], false],
    [0, ['QUALITY_WARNING', 'CERTIFIED'], true],
    [1, ['QUALITY_WARNING', 'CERTIFIED'], false],
    [1, ['FAILED'], false],
    [1, ['FAILED'], true],
    [1, ['COMPLETED', 'FAILED', 'CERTIFIED'], false],
    [1, ['QUEUED', 'QUALITY_WARNING'], false],
    [2, ['COMPLETED'], true],
    [2, ['CERTIFIED', 'CANCELLED'], false],
    [2, ['CERTIFIED', 'QUEUED'], false],
    [2, ['PENDING'], false],
    [2, ['PROCESSING', 'QUALITY_WARNING'], true],
    [2, [], false],
  ])('is %i for %j, warnings allowed: %j', (code, statuses, allowWarnings) => {
    const runs = statuses.map((status) => ({
      status,
      errorCategory: 'QUALITY_ISSUE',
      covered: true,
    }));
    expect(exitCode(runs, allowWarnings)).toBe(code);
  });

  it('is 2 for a run that was given up: that says nothing of the model', () => {
    const lost = { status: 'FAILED', errorCategory: 'WORKER_LOST', covered: true } as const;
    const good = { status: 'CERTIFIED', errorCategory: null, covered: true } as const;
    expect(exitCode([good, lost], false)).toBe(2);
    expect(exitCode([lost, { ...lost, errorCategory: 'QUALITY_ISSUE' }], false)).toBe(1);
  });

  it('is 2 for a run that does not do what was asked for', () => {
    const good = { status: 'CERTIFIED', errorCategory: null, covered: true } as const;
    const wrong = { status: 'FAILED', errorCategory: 'QUALITY_ISSUE', covered: true } as const;
    expect(exitCode([good, { ...good, covered: false }], true)).toBe(2);
    expect(exitCode([{ ...wrong, covered: false }], true)).toBe(2);
    expect(exitCode([wrong, { ...good, covered: false }], true)).toBe(1);
  });
});
