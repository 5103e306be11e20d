import { describe, expect, it } from 'vitest';

import { report } from '../../test/support/run-reports.js';
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
    const runs = statuses.map((status) => report({ status }));
    expect(exitCode(runs, allowWarnings)).toBe(code);
  });

  it.each(['WORKER_LOST', 'CONFIGURATION_ERROR'])(
    'is 2 for a run that was given up by %s: that says nothing of the model',
    (errorCategory) => {
      const given = report({ status: 'FAILED', errorCategory, rating: null, badge: null });
      expect(exitCode([report(), given], false)).toBe(2);
      expect(exitCode([given, { ...given, rating: 0 }], false)).toBe(1);
      const refuted = [{ claim: 'vision', reason: null, message: null }];
      expect(exitCode([given, { ...given, refuted }], false)).toBe(1);
    },
  );

  it('is 2 for a run that does not do what was asked for', () => {
    const [good, wrong] = [report(), report({ status: 'FAILED' })];
    expect(exitCode([good, { ...good, covered: false }], true)).toBe(2);
    expect(exitCode([{ ...wrong, covered: false }], true)).toBe(2);
    expect(exitCode([wrong, { ...good, covered: false }], true)).toBe(1);
  });
});
