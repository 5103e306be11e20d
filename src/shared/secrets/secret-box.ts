import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

import { Inject, Injectable, ServiceUnavailableException } from '@nestjs/common';

import { Config } from '../config.js';
import { keysFor, WHAT_A_KEY_IS, type EncryptionKey } from './encryption-keys.js';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SEALED = /^v1\.([\w-]+)\.([\w-]+)\.([\w-]+)$/;

/** Where a secret lies. What is sealed for one place opens at no other. */
export interface Place {
  readonly table: string;
  /** The row's id. */
  readonly row: string;
  readonly column: string;
}

/** A sealed secret cannot be opened: its key is not there, it is of another place, or damaged. */
export class SecretUnreadable extends Error {}

/**
 * Secrets as they lie in the database: `v1.<key id>.<nonce>.<ciphertext and tag>`, each part in
 * base64url, by AES-256-GCM bound to its place. The first key of `ENCRYPTION_KEY` seals, all open.
 */
@Injectable()
export class SecretBox {
  private readonly keys: readonly EncryptionKey[];

  constructor(@Inject(Config) config: Pick<Config, 'encryptionKeys'>) {
    this.keys = keysFor('secrets', config.encryptionKeys);
  }

  /** What every text begins with that the key in force sealed. @throws as `seal` */
  get mark(): string {
    return `v1.${this.keyInForce().id}.`;
  }

  /** @throws ServiceUnavailableException without an encryption key */
  seal(secret: string, place: Place): string {
    const { bytes } = this.keyInForce();
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, bytes, nonce).setAAD(nameOf(place));
    const sealed = [cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()];
    return `${this.mark}${base64url(nonce)}.${base64url(Buffer.concat(sealed))}`;
  }

  /** @throws SecretUnreadable */
  open(sealed: string, place: Place): string {
    const [, id, nonce = '', body = ''] = SEALED.exec(sealed) ?? [];
    const key = this.keys.find((one) => one.id === id);
    if (!key) throw new SecretUnreadable(`No key of ENCRYPTION_KEY sealed ${readable(place)}.`);
    const bytes = Buffer.from(body, 'base64url');
    try {
      // The last letter of a text may have bits that no byte holds.
      if (base64url(bytes) !== body) throw new Error('Not as it was written.');
      const decipher = createDecipheriv(CIPHER, key.bytes, Buffer.from(nonce, 'base64url'), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(nameOf(place)).setAuthTag(bytes.subarray(-TAG_BYTES));
      return Buffer.concat([
        decipher.update(bytes.subarray(0, -TAG_BYTES)),
        decipher.final(),
      ]).toString();
    } catch {
      throw new SecretUnreadable(`${readable(place)} was sealed for another place, or is damaged.`);
    }
  }

  private keyInForce(): EncryptionKey {
    const [first] = this.keys;
    if (first) return first;
    throw new ServiceUnavailableException(
      `Secrets cannot be stored while ENCRYPTION_KEY is not set: ${WHAT_A_KEY_IS}.`,
    );
  }
}

function nameOf({ table, row, column }: Place): Buffer {
  return Buffer.from(JSON.stringify([table, row, column]));
}

function readable({ table, row, column }: Place): string {
  return `${table}.${column} of ${row}`;
}

function base64url(bytes: Buffer): string {
  return bytes.toString('base64url');
}
