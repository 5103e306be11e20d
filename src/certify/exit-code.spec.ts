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
    expect(
      exitCode(
        statuses.map((status) => ({ status })),
        allowWarnings,
      ),
    ).toBe(code);
  });
});
