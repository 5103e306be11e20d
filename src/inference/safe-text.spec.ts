import { describe, expect, it } from 'vitest';
import { safeText } from './safe-text.js';

const KEY = 'canary-7fd1e0';

describe('safeText', () => {
  it.each([
    ['the key itself', `key ${KEY} is wrong`, 'key [redacted] is wrong'],
    ['a masked OpenAI key', 'provided: sk-proj-abc***wxyz.', 'provided: [redacted]'],
    ['a bearer token', 'got Bearer eyJhbGciOi.J9 there', 'got [redacted] there'],
    ['an AWS key id', 'key AKIAIOSFODNN7EXAMPLE is off', 'key [redacted] is off'],
    ['control characters', 'a\u001b[31mred\r\nb\u0000c', 'a [31mred b c'],
    ['a lone surrogate', 'x\ud83dy', 'x\ufffdy'],
  ])('takes out %s', (_, text, expected) => {
    expect(safeText(text, [KEY])).toBe(expected);
  });

  it('cuts to 500 characters, and never leaves the head of a key at the cut', () => {
    const text = safeText(`${'x'.repeat(495)}${KEY}`, [KEY]);
    expect(text).toHaveLength(500);
    expect(text).not.toContain('cana');
  });

  it('leaves ordinary words alone', () => {
    expect(safeText('The task-force bearer of news', [])).toBe('The task-force bearer of news');
  });
});
