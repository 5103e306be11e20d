import { describe, expect, it } from 'vitest';

import { report } from '../../test/support/run-reports.js';
import { tableOf } from './table.js';

describe('The table', () => {
  it('has a row for each run', () => {
    const lines = tableOf([report(), report({ deployment: 'model-2' })]).split('\n');
    const [row] = lines.filter((line) => line.includes('model-1'));
    for (const word of ['eu-west-1', 'CERTIFIED', '4.9', 'PREMIUM', '$0.012300', '4.0 s']) {
      expect(row).toContain(word);
    }
    expect(lines.filter((line) => line.includes('model-2'))).toHaveLength(1);
  });

  it('names each refuted claim with its reason', () => {
    const refuted = [
      { claim: 'vision', reason: 'WRONG_COLOUR', message: 'It saw red.' },
      { claim: 'reasoning', reason: 'WRONG', message: null },
    ];
    const errorMessage = 'vision: WRONG_COLOUR. It saw red.';
    const table = tableOf([report({ status: 'FAILED', refuted, errorMessage })]);
    expect(table).toContain('vision: WRONG_COLOUR. It saw red.');
    expect(table).toContain('reasoning: WRONG ');
    expect(table.match(/WRONG_COLOUR/g)).toHaveLength(1);
  });

  it('says why there is no verdict, and what a run waits for', () => {
    const nextAttemptAt = '2026-01-02T04:00:00.000Z';
    const errorMessage = 'basicChat: RATE_LIMIT';
    const told = [
      tableOf([report({ status: 'COMPLETED', rating: null, badge: null, errorMessage })]),
      tableOf([report({ status: 'QUEUED', errorMessage, nextAttemptAt })]),
      tableOf([report({ status: 'PENDING' })]),
      tableOf([report({ status: 'PROCESSING', nextAttemptAt })]),
    ];
    expect(told[0]).toContain('basicChat: RATE_LIMIT');
    expect(told[0]).not.toContain('waiting');
    expect(told[1]).toContain(`waiting until ${nextAttemptAt}`);
    expect(told[1]).toContain('basicChat: RATE_LIMIT');
    expect(told[2]).toContain('waiting');
    expect(told[3]).toContain('still running');
    expect(told[3]).not.toContain('until');
  });

  it('charges nothing for a certificate that still stands', () => {
    const table = tableOf([report({ cached: true })]);
    expect(table).toContain('CERTIFIED (cached)');
    expect(table).not.toContain('$');
    expect(table).not.toContain('4.0 s');
  });

  it('lets no provider move the cursor or flood it', () => {
    const errorMessage = `\u001b[2J\u009bred\r\n${'x'.repeat(5_000)}`;
    const table = tableOf([report({ status: 'FAILED', errorMessage, deployment: 'a\u0007b' })]);
    // eslint-disable-next-line no-control-regex -- these are the characters that must not be there
    expect(table).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(table.length).toBeLessThan(5_000);
  });
});
