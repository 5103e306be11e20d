import { randomBytes } from 'node:crypto';

import { ServiceUnavailableException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';

import { Config } from '../config.js';
import { SecretBox, SecretUnreadable, type Place } from './secret-box.js';

const OLD = randomBytes(32).toString('base64');
const NEW = randomBytes(32).toString('base64');
const PLACE: Place = { table: 'user_settings', row: 'r-1', column: 'awsSecretKey' };
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY ÿ';

function boxWith(key?: string): SecretBox {
  const env = { DATABASE_URL: 'postgresql://localhost/none', ...(key && { ENCRYPTION_KEY: key }) };
  return new SecretBox(Config.from(env));
}

describe('SecretBox', () => {
  it('opens what it sealed, and never seals alike', () => {
    const box = boxWith(NEW);
    const sealed = box.seal(SECRET, PLACE);
    expect(sealed).toMatch(/^v1\.[\w-]{8}\.[\w-]{16}\.[\w-]+$/);
    expect(box.open(sealed, PLACE)).toBe(SECRET);
    expect(box.seal(SECRET, PLACE)).not.toBe(sealed);
    expect(box.open(box.seal('', PLACE), PLACE)).toBe('');
  });

  it.each([{ table: 'other' }, { row: 'r-2' }, { column: 'awsAccessKey' }])(
    'does not open at another place: %j',
    (elsewhere) => {
      const box = boxWith(NEW);
      const sealed = box.seal(SECRET, PLACE);
      expect(() => box.open(sealed, { ...PLACE, ...elsewhere })).toThrow(SecretUnreadable);
    },
  );

  it('does not open what was changed anywhere, or what is none', () => {
    const box = boxWith(NEW);
    const sealed = box.seal(SECRET, PLACE);
    for (const at of [4, 15, 35, -1]) {
      const letter = sealed.at(at) === 'A' ? 'B' : 'A';
      const changed = sealed.slice(0, at) + letter + (at === -1 ? '' : sealed.slice(at + 1));
      expect(() => box.open(changed, PLACE), changed).toThrow(SecretUnreadable);
    }
    const shortest = box.seal('1', PLACE); // 17 bytes: two bits of its last letter belong to none
    for (const letter of 'ABCDEFGH') {
      const changed = shortest.slice(0, -1) + letter;
      if (changed === shortest) continue;
      expect(() => box.open(changed, PLACE), changed).toThrow(SecretUnreadable);
    }
    for (const none of ['', SECRET, 'v1.a.b.c', sealed.slice(0, -12), `${sealed}.x`]) {
      expect(() => box.open(none, PLACE), none).toThrow(SecretUnreadable);
    }
  });

  it('seals with the first key and opens with all', () => {
    const before = boxWith(OLD).seal(SECRET, PLACE);
    const both = boxWith(`${NEW}, ${OLD}`);
    expect(both.open(before, PLACE)).toBe(SECRET);
    const after = both.seal(SECRET, PLACE);
    expect(boxWith(NEW).open(after, PLACE)).toBe(SECRET);
    expect(after.startsWith(both.mark)).toBe(true);
    expect(() => boxWith(NEW).open(before, PLACE)).toThrow('No key of ENCRYPTION_KEY');
  });

  it('says how to make a key when it has none, and nothing of a secret', () => {
    const box = boxWith();
    expect(() => box.seal(SECRET, PLACE)).toThrow(ServiceUnavailableException);
    expect(() => box.seal(SECRET, PLACE)).toThrow('openssl rand -base64 32');
    const sealed = boxWith(NEW).seal(SECRET, PLACE);
    expect(() => box.open(sealed, PLACE)).toThrow(/^(?!.*wJalr).*awsSecretKey of r-1/);
  });
});
