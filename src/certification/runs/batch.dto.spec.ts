import { describe, expect, it } from 'vitest';

import { progressOf } from './batch.dto.js';

describe('How far a batch is', () => {
  it('adds up its shares, and costs no digits that no price has', () => {
    const ended = { status: 'CERTIFIED', profile: 'standard', runs: 1, probesDone: 0 } as const;
    const shares = [0.1, 0.2].map((costUsd) => ({ ...ended, costUsd }));
    expect(progressOf(shares)).toMatchObject({ finished: true, progress: 1, costUsd: 0.3 });
  });
});
