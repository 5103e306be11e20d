import { describe, expect, it } from 'vitest';

import { hideSecrets, rememberSecret, rememberSettings, safeText } from './hide-secrets.js';

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

describe('hideSecrets', () => {
  const RANDOM = 'Zk3hQ2xW9bT5rL1mN8vC4yU7iO0pA6sD2fG3hJ4kQ5w';

  it.each([
    ['a key of this service', `key mc_${RANDOM} is revoked`],
    ['an access token', `got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.${RANDOM}`],
    ['a refresh token', `token 0b9c4a51-77d5-4d1f-9f3a-2d0c7c1b8a11.${RANDOM}`],
    ['the password of a URL', `connect postgresql://user:${RANDOM}@host:5432/catalog`],
    ['a parameter of a query', `GET /api/v2/models?api_key=${RANDOM}&limit=5`],
    ['an authorization header', JSON.stringify({ authorization: `Token ${RANDOM}` })],
    ['a password in JSON', JSON.stringify({ password: RANDOM, theme: 'dark' })],
    ['… within JSON', JSON.stringify({ body: JSON.stringify({ apiKey: RANDOM, limit: 5 }) })],
    ['credentials of HTTP', `Basic ${RANDOM}`],
  ])('takes out %s', (_, text) => {
    const safe = hideSecrets(text);
    expect(safe).toContain('[redacted]');
    expect(safe).not.toContain(RANDOM);
  });

  it('leaves JSON as it is but for what it takes out', () => {
    const line = { msg: 'x', user: { password: 'hunter"2\\x', theme: 'dark' }, url: '/a?b=1&c=2' };
    expect(JSON.parse(hideSecrets(JSON.stringify(line)))).toMatchObject({
      user: { theme: 'dark' },
      url: '/a?b=1&c=2',
    });
  });

  it('knows what it was told, in JSON too, and no text of three characters', () => {
    rememberSettings(['set"ting-1']);
    rememberSecret('used-1');
    rememberSecret('abc');
    expect(hideSecrets('used-1, abc, set"ting-1')).toBe('[redacted], abc, [redacted]');
    expect(hideSecrets(JSON.stringify(['set"ting-1']))).toBe('["[redacted]"]');
  });

  it('forgets the oldest of a thousand, and no setting', () => {
    rememberSettings(['setting-2']);
    for (let index = 0; index < 1_001; index++) rememberSecret(`secret-no-${String(index)}.`);
    expect(hideSecrets('setting-2 secret-no-0. secret-no-1.')).toBe(
      '[redacted] secret-no-0. [redacted]',
    );
  });

  it.each(['costs 3 tokens', '"authType":"api_key"', 'the password of the day', 'a://b/c@d'])(
    'leaves %j alone',
    (text) => expect(hideSecrets(text)).toBe(text),
  );
});
