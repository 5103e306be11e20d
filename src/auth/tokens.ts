import { hash, randomBytes } from 'node:crypto';

/** 256 random bits as text. */
export function randomToken(): string {
  return randomBytes(32).toString('base64url');
}

/** The token of an `Authorization: Bearer` header; null when it has none. */
export function bearerToken(header: string | undefined): string | null {
  return /^Bearer +(\S+)$/i.exec(header ?? '')?.[1] ?? null;
}

/** A fast hash is enough: a token is 256 random bits, so it cannot be guessed from its hash. */
export function hashOf(token: string): string {
  return hash('sha256', token);
}
