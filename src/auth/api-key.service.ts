import { hash, randomBytes } from 'node:crypto';

import { Injectable } from '@nestjs/common';

import type { ApiKey } from '../generated/prisma/client.js';
import { isUniqueViolation } from '../shared/database/prisma-errors.js';
import { ModelCacheService } from '../shared/cache/model-cache.service.js';
import { PrismaService } from '../shared/database/prisma.service.js';

/** How long a key may go on being taken after another process revoked it and could not say so. */
const KEPT_MS = 30_000;
const PREFIX_LENGTH = 10;

/** Names of the two keys this service makes itself. */
const FIRST_KEY = 'first admin key';
const CHOSEN_KEY = 'ADMIN_API_KEY';

/** A key that exists. */
class KnownKey {
  constructor(readonly row: ApiKey) {}

  /** Whether it is neither revoked nor expired. */
  isGood(): boolean {
    const { revokedAt, expiresAt } = this.row;
    return revokedAt === null && (expiresAt === null || expiresAt.getTime() > Date.now());
  }
}

@Injectable()
export class ApiKeyService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly cache: ModelCacheService,
  ) {}

  /** The key row of a bearer token; null when it is unknown, revoked or expired. */
  async verify(token: string): Promise<ApiKey | null> {
    const hashed = hashOf(token);
    const read = async () => {
      const row = await this.prisma.apiKey.findUnique({ where: { hash: hashed } });
      return row && new KnownKey(row);
    };
    const known = await this.cache.load(cacheKey(hashed), ['api-keys'], read, KEPT_MS);
    return known?.isGood() ? known.row : null;
  }

  /** Whether the token of this hash was verified a moment ago and is still good; false: `verify`. */
  isKnown(hashed: string): boolean {
    return this.cache.peek(cacheKey(hashed), KnownKey)?.isGood() ?? false;
  }

  /** Makes the operator's chosen key valid, in the place of the one chosen before. */
  async setAdminKey(key: string): Promise<void> {
    const fields = { hash: hashOf(key), prefix: key.slice(0, 4), role: 'ADMIN' as const };
    await this.prisma.apiKey.upsert({
      where: { name: CHOSEN_KEY },
      create: { name: CHOSEN_KEY, ...fields },
      update: { ...fields, revokedAt: null, expiresAt: null },
    });
    this.cache.invalidate(['api-keys']);
  }

  /** Makes an admin key when the database has no key yet; null when it has one. */
  async createFirstKey(): Promise<string | null> {
    if ((await this.prisma.apiKey.count()) > 0) return null;
    const key = `mc_${randomBytes(32).toString('base64url')}`;
    try {
      await this.prisma.apiKey.create({
        data: {
          name: FIRST_KEY,
          hash: hashOf(key),
          prefix: key.slice(0, PREFIX_LENGTH),
          role: 'ADMIN',
        },
      });
    } catch (error) {
      if (isUniqueViolation(error)) return null; // another process was first
      throw error;
    }
    this.cache.invalidate(['api-keys']);
    return key;
  }
}

/** The token of an `Authorization: Bearer` header; null when it has none. */
export function bearerToken(header: string | undefined): string | null {
  return /^Bearer +(\S+)$/i.exec(header ?? '')?.[1] ?? null;
}

/** A fast hash is enough: a key is 256 random bits, so it cannot be guessed from its hash. */
export function hashOf(key: string): string {
  return hash('sha256', key);
}

function cacheKey(hashed: string): string {
  return `api-keys/${hashed}`;
}
