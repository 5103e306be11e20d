import { Injectable, ServiceUnavailableException } from '@nestjs/common';
import { errors, jwtVerify, SignJWT } from 'jose';

import { Config } from '../../shared/config.js';
import {
  keysFor,
  WHAT_A_KEY_IS,
  type EncryptionKey,
} from '../../shared/secrets/encryption-keys.js';

export const ACCESS_SECONDS = 15 * 60;
const ALGORITHM = 'HS256';
const ISSUER = 'model-catalog';

/** What an access token says. */
export interface AccessClaims {
  readonly userId: string;
  readonly sessionId: string;
  readonly until: Date;
}

/** Whether a bearer token has the form of an access token, which no API key has. */
export function isAccessToken(token: string): boolean {
  return /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/.test(token);
}

/**
 * The tokens that a session speaks by: JSON Web Tokens, signed with a key derived from the first of
 * `ENCRYPTION_KEY`, and good for 15 minutes.
 */
@Injectable()
export class AccessTokens {
  private readonly keys: readonly EncryptionKey[];

  constructor(config: Config) {
    this.keys = keysFor('access tokens', config.encryptionKeys);
  }

  /** @throws ServiceUnavailableException without an encryption key */
  issue(userId: string, sessionId: string): Promise<string> {
    const [key] = this.keys;
    if (!key) {
      throw new ServiceUnavailableException(
        `Nobody can log in while ENCRYPTION_KEY is not set: ${WHAT_A_KEY_IS}.`,
      );
    }
    return new SignJWT({ sid: sessionId })
      .setProtectedHeader({ alg: ALGORITHM, kid: key.id })
      .setIssuer(ISSUER)
      .setSubject(userId)
      .setIssuedAt()
      .setExpirationTime(`${ACCESS_SECONDS}s`)
      .sign(key.bytes);
  }

  /** Null for a token that is expired, or that this service did not sign. */
  async read(token: string): Promise<AccessClaims | null> {
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.keyOf(kid), {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        requiredClaims: ['sub', 'sid', 'exp'],
      });
      const { sub, sid, exp } = payload;
      if (sub === undefined || typeof sid !== 'string' || exp === undefined) return null;
      return { userId: sub, sessionId: sid, until: new Date(exp * 1000) };
    } catch (error) {
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  }

  /** @throws JWKSNoMatchingKey */
  private keyOf(kid: string | undefined): Buffer {
    const key = this.keys.find(({ id }) => id === kid);
    if (!key) throw new errors.JWKSNoMatchingKey();
    return key.bytes;
  }
}
