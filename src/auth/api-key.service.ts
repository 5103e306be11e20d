import { createHash, randomBytes } from 'node:crypto';

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

@Injectable()
export class ApiKeyService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly cache: ModelCacheService,
  ) {}

  /** The key row of a bearer token; null when it is unknown, revoked or expired. */
  async verify(token: string): Promise<ApiKey | null> {
    const hash = hashOf(token);
    const read = () => this.prisma.apiKey.findUnique({ where: { hash } });
    const row = await this.cache.load(`api-keys/${hash}`, ['api-keys'], read, KEPT_MS);
    if (!row || row.revokedAt) return null;
    return row.expiresAt && row.expiresAt <= new Date() ? null : row;
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
function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
