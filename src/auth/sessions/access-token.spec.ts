import { randomBytes } from 'node:crypto';

import { SignJWT } from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { Config } from '../../shared/config.js';
import { keysFor } from '../../shared/secrets/encryption-keys.js';
import { AccessTokens, isAccessToken } from './access-token.js';

const OLD = randomBytes(32);
const NEW = randomBytes(32);

function tokensWith(...keys: Buffer[]): AccessTokens {
  const ENCRYPTION_KEY = keys.map((key) => key.toString('base64')).join(',');
  return new AccessTokens(
    Config.from({ DATABASE_URL: 'postgresql://localhost/x', ENCRYPTION_KEY }),
  );
}

afterEach(() => vi.useRealTimers());

describe('an access token', () => {
  it('says whose session it is for 15 minutes, also after the key was changed', async () => {
    vi.useFakeTimers();
    const token = await tokensWith(OLD).issue('u-1', 's-1');
    expect(isAccessToken(token)).toBe(true);
    const claims = { userId: 'u-1', sessionId: 's-1', until: expect.any(Date) };
    expect(await tokensWith(NEW, OLD).read(token)).toEqual(claims);
    expect(await tokensWith(NEW).read(token)).toBeNull();
    vi.advanceTimersByTime(899_000);
    expect(await tokensWith(OLD).read(token)).toEqual(claims);
    vi.advanceTimersByTime(2_000);
    expect(await tokensWith(OLD).read(token)).toBeNull();
  });

  it('is none without a signature, with a foreign one, or when it was changed', async () => {
    const tokens = tokensWith(OLD);
    const token = await tokens.issue('u-1', 's-1');
    const [header = '', payload = '', signature = ''] = token.split('.');
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const other = encode({ sub: 'u-2', sid: 's-1', iss: 'model-catalog', exp: 9e9 });
    const [key] = keysFor('access tokens', [OLD]);
    const foreign = await new SignJWT({ sid: 's-1' })
      .setProtectedHeader({ alg: 'HS256', kid: key?.id ?? '' })
      .setIssuer('model-catalog')
      .setSubject('u-1')
      .setExpirationTime('1h')
      .sign(randomBytes(32));
    for (const wrong of [
      `${encode({ alg: 'none' })}.${payload}.`,
      `${encode({ alg: 'none', kid: key?.id })}.${other}.`,
      `${header}.${other}.${signature}`,
      foreign,
      'eyJ.eyJ.x',
    ]) {
      expect(await tokens.read(wrong), wrong).toBeNull();
    }
  });

  it('is not signed with what seals the secrets', () => {
    const [secrets] = keysFor('secrets', [OLD]);
    const [tokens] = keysFor('access tokens', [OLD]);
    expect(tokens?.bytes.equals(secrets?.bytes ?? OLD)).toBe(false);
  });
});
