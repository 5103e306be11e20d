import { describe, expect, it } from 'vitest';

import { EMPTY } from '../../../test/support/stub-session.js';
import { traceOf } from './exchange.js';

const rawOf = (raw: unknown) => traceOf({ ...EMPTY, raw }, (text) => text).raw;

describe('The payload in the evidence', () => {
  it('is JSON text', () => {
    expect(rawOf({ id: 'x', choices: [] })).toBe('{"id":"x","choices":[]}');
  });

  it('keeps an integer of any size, as text', () => {
    expect(rawOf({ quantity: 12345678901234567890n })).toBe('{"quantity":"12345678901234567890"}');
  });

  it('is left out where it is nested too deeply to be written', () => {
    expect(rawOf(JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`))).toBeNull();
  });
});
