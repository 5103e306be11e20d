import { describe, expect, it } from 'vitest';

import { hashPassword, isPassword } from './passwords.js';

describe('a password', () => {
  it('is known by its hash, which says how it was made and never repeats', async () => {
    const [one, other] = await Promise.all([
      hashPassword('correct horse'),
      hashPassword('correct horse'),
    ]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(other);
    expect(await isPassword('correct horse', one)).toBe(true);
    expect(await isPassword('correct hors', one)).toBe(false);
  });

  it("is nobody's where there is no hash, or none of ours", async () => {
    expect(await isPassword('', null)).toBe(false);
    expect(await isPassword('x', '')).toBe(false);
    expect(await isPassword('x', 'x')).toBe(false);
  });
});
