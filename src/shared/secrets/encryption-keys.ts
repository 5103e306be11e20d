import { hkdfSync } from 'node:crypto';

/** A key of `ENCRYPTION_KEY`, and the name that what it seals is marked with. */
export interface EncryptionKey {
  /** Derived from the key: says nothing about it, and is the same in every process. */
  readonly id: string;
  readonly bytes: Buffer;
}

const BYTES = 32;
const ID_BYTES = 6;

/**
 * The keys of `ENCRYPTION_KEY` for one purpose, each derived by HKDF-SHA-256, so that what is known
 * of one purpose says nothing of another. The first is in force; the others are of earlier times.
 */
export function keysFor(purpose: string, masters: readonly Buffer[]): readonly EncryptionKey[] {
  return masters.map((master) => ({
    id: derived(master, `${purpose} id`, ID_BYTES).toString('base64url'),
    bytes: derived(master, purpose, BYTES),
  }));
}

function derived(master: Buffer, info: string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', master, '', `model-catalog ${info}`, length));
}

/** What `ENCRYPTION_KEY` holds, for whoever lacks it. */
export const WHAT_A_KEY_IS = '32 random bytes in base64, as made by openssl rand -base64 32';

/**
 * The keys written in `ENCRYPTION_KEY`: one, or several separated by commas.
 * @returns null for a text that is none
 */
export function readKeys(text: string): readonly Buffer[] | null {
  const keys = text.split(',').map((part) => part.trim());
  if (!keys.every((key) => /^[A-Za-z0-9+/_-]{43}=?$/.test(key))) return null;
  const bytes = keys.map((key) => Buffer.from(key, 'base64'));
  return bytes.every(({ length }) => length === BYTES) ? bytes : null;
}
