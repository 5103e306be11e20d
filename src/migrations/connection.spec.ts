import { describe, expect, it } from 'vitest';
import { connectionParts, openConnection } from './connection.js';

describe('connectionParts', () => {
  it('reads every part of a URL', () => {
    expect(connectionParts('postgres://ann:pw@db.example.com:6543/catalog')).toEqual({
      host: 'db.example.com',
      port: 6543,
      user: 'ann',
      password: 'pw',
      database: 'catalog',
      ssl: false,
    });
  });

  it('takes port 5432 when none is named, and both names of the protocol', () => {
    expect(connectionParts('postgresql://ann@db.example.com/catalog').port).toBe(5432);
  });

  it('decodes user, password and database', () => {
    const password = 'p@ss:w/rd?#%é &+';
    const url = `postgresql://${encodeURIComponent('a@b')}:${encodeURIComponent(password)}@h/my%20db`;
    expect(connectionParts(url)).toMatchObject({ user: 'a@b', password, database: 'my db' });
  });

  it.each([
    ['sslmode=verify-full', {}],
    ['sslmode=no-verify', { rejectUnauthorized: false }],
    ['sslmode=disable', false],
    ['ssl=true', true],
  ])('keeps %s', (query, ssl) => {
    expect(connectionParts(`postgresql://ann:pw@h/catalog?${query}`).ssl).toEqual(ssl);
  });

  it.each(['mysql://ann:secret@h/catalog', 'ann:secret@h/catalog', 'postgres://ann:secret@h:x/db'])(
    'refuses %s without repeating it',
    (url) => {
      expect(() => connectionParts(url)).toThrow(/^The database URL (?!.*secret).+\.$/);
    },
  );
});

describe('openConnection', () => {
  it('says in one sentence, without the password, that nothing answers', async () => {
    const parts = connectionParts('postgresql://ann:secret@127.0.0.1:1/catalog');
    await expect(openConnection(parts)).rejects.toThrow(
      /^PostgreSQL at 127\.0\.0\.1:1 cannot be reached: ECONNREFUSED$/,
    );
  });
});
