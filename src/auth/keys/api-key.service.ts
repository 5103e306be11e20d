import { ConflictException, Injectable, Logger, NotFoundException } from '@nestjs/common';

import type { ApiKey, Prisma } from '../../generated/prisma/client.js';
import { ModelCacheService } from '../../shared/cache/model-cache.service.js';
import { ConfigError } from '../../shared/environment.js';
import { changeRow, createRow, selectOne, selectPage } from '../../shared/database/listing.js';
import { isReferenceViolation, isUniqueViolation } from '../../shared/database/prisma-errors.js';
import { PrismaService } from '../../shared/database/prisma.service.js';
import { JsonText } from '../../shared/http/json-text.js';
import { InvalidInput } from '../../shared/http/problem.js';
import { recordDeed } from '../../shared/logging/audit.js';
import { confinementOf } from '../access/confinement.js';
import { CALLERS, type Authenticated } from '../authenticated.js';
import { keepAnAdmin } from '../last-admin.js';
import { ROLE_OF } from '../role.dto.js';
import { lowerOf } from '../roles.js';
import { hashOf, randomToken } from '../tokens.js';
import type { ApiKeyInput, ApiKeyQuery } from './api-key.dto.js';
import { API_KEYS } from './api-key.listing.js';

const PREFIX_LENGTH = 10;
const MISSING = 'There is no API key with this id.';

/** Names of the two keys this service makes itself. */
const FIRST_KEY = 'first admin key';
const CHOSEN_KEY = 'ADMIN_API_KEY';

/** Bearer keys: random, shown once, stored as their hash. */
@Injectable()
export class ApiKeyService {
  private readonly logger = new Logger(ApiKeyService.name);

  constructor(
    private readonly prisma: PrismaService,
    private readonly cache: ModelCacheService,
  ) {}

  list(query: ApiKeyQuery): Promise<JsonText> {
    return selectPage(this.prisma, API_KEYS, query, []);
  }

  /** @throws NotFoundException */
  async get(id: string): Promise<JsonText> {
    const found = await selectOne(this.prisma, API_KEYS, id);
    if (!found) throw new NotFoundException(MISSING);
    return found;
  }

  /**
   * The new key with its text, which is told nowhere else.
   * @throws ConflictException when the name is taken; InvalidInput for the name of the chosen key, a
   *   time that is over, or a user who is none
   */
  async create(input: ApiKeyInput, caller: string | null): Promise<JsonText> {
    const { name, role, userId = null } = input;
    if (name === CHOSEN_KEY) throw InvalidInput.field('/name', `must not be ${CHOSEN_KEY}`);
    const expiresAt = input.expiresAt ? new Date(input.expiresAt) : null;
    if (expiresAt && expiresAt.getTime() <= Date.now()) {
      throw InvalidInput.field('/expiresAt', 'must be in the future');
    }
    const key = newKey();
    const fields = { name, userId, expiresAt, createdBy: caller, ...storedOf(key) };
    const created = await createRow(this.prisma, API_KEYS, (tx) =>
      tx.apiKey.create({ data: { ...fields, role: ROLE_OF[role] } }),
    ).catch((error: unknown) => {
      if (isUniqueViolation(error)) {
        throw new ConflictException(`There is, or was, an API key named ${name}.`);
      }
      if (isReferenceViolation(error)) {
        throw InvalidInput.field('/userId', 'must be the id of a user');
      }
      throw error;
    });
    return new JsonText(JSON.stringify({ ...created.object(), key }), created.id);
  }

  /**
   * Ends a key for good; its row stays, for what was done with it.
   * @throws NotFoundException; PreconditionFailedException; ConflictException for the last admin's
   */
  async revoke(id: string, ifMatch: string | undefined): Promise<void> {
    const row = { id, ifMatch, missing: MISSING };
    await changeRow(this.prisma, API_KEYS, row, async (tx, current) => {
      const data = { revokedAt: new Date() };
      await tx.apiKey.updateMany({ where: { id, revokedAt: null }, data });
      if (current.object().role === 'admin') await keepAnAdmin(tx);
    });
    this.cache.invalidate([CALLERS]);
  }

  /** Who speaks by the key of this hash; null when it is unknown or revoked. */
  async authenticate(hashed: string): Promise<Authenticated | null> {
    const row = await this.prisma.apiKey.findUnique({
      where: { hash: hashed },
      include: {
        providers: { select: { providerId: true } },
        user: {
          select: { role: true, confined: true, providers: { select: { providerId: true } } },
        },
      },
    });
    if (!row || row.revokedAt !== null) return null;
    const { id, name, role, user, userId, expiresAt: until } = row;
    this.noteUse(id);
    const confinement = confinementOf(user ? [row, user] : [row]);
    const allowed = user ? lowerOf(role, user.role) : role;
    return { caller: { id, name, userId, keyId: id, role: allowed, confinement }, until };
  }

  /**
   * Makes the operator's chosen key valid, in the place of the one chosen before. It may be a key
   * that this service made, such as the first one.
   * @throws ConfigError when that one is not an admin's for good
   */
  async setAdminKey(key: string): Promise<void> {
    const hash = hashOf(key);
    const known = await this.prisma.apiKey.findUnique({ where: { hash } });
    const isReady = known !== null && isAdminForGood(known);
    if (known && known.name !== CHOSEN_KEY && !isReady) {
      throw new ConfigError(
        `ADMIN_API_KEY is the API key "${known.name}", which is not an admin's for good: choose another.`,
      );
    }
    await this.prisma.$transaction(async (tx) => {
      const id = isReady ? await endOtherChosenKey(tx, hash) : await writeChosenKey(tx, key);
      if (id === null) return;
      await recordDeed(tx, 'ADMIN_API_KEY set', { action: 'set', entity: 'API key', entityId: id });
    });
    this.cache.invalidate([CALLERS]);
  }

  /** Makes an admin key when the database has no key yet; null when it has one. */
  async createFirstKey(): Promise<string | null> {
    if ((await this.prisma.apiKey.count()) > 0) return null;
    const key = newKey();
    try {
      const data = { name: FIRST_KEY, role: 'ADMIN' as const, ...storedOf(key) };
      await createRow(this.prisma, API_KEYS, (tx) => tx.apiKey.create({ data }));
    } catch (error) {
      if (isUniqueViolation(error)) return null; // another process was first
      throw error;
    }
    this.cache.invalidate([CALLERS]);
    return key;
  }

  /** Whoever calls does not wait for it. */
  private noteUse(id: string): void {
    this.prisma.apiKey
      .updateMany({ where: { id }, data: { lastUsedAt: new Date() } })
      .catch((error: unknown) => this.logger.warn(`Last use of a key: ${String(error)}`));
  }
}

function newKey(): string {
  return `mc_${randomToken()}`;
}

function storedOf(key: string): { hash: string; prefix: string } {
  return { hash: hashOf(key), prefix: key.slice(0, PREFIX_LENGTH) };
}

function isAdminForGood({ role, userId, confined, revokedAt, expiresAt }: ApiKey): boolean {
  return role === 'ADMIN' && !confined && (userId ?? revokedAt ?? expiresAt) === null;
}

/** @returns its id */
async function writeChosenKey(tx: Prisma.TransactionClient, key: string): Promise<string> {
  const where = { name: CHOSEN_KEY };
  const update = {
    ...{ hash: hashOf(key), prefix: key.slice(0, 4), role: 'ADMIN' as const, confined: false },
    ...{ userId: null, revokedAt: null, expiresAt: null },
  };
  const { id } = await tx.apiKey.upsert({ where, create: { ...where, ...update }, update });
  return id;
}

/** @returns the id of the one that was valid until now, if any */
async function endOtherChosenKey(
  tx: Prisma.TransactionClient,
  hash: string,
): Promise<string | null> {
  const [ended] = await tx.apiKey.updateManyAndReturn({
    where: { name: CHOSEN_KEY, hash: { not: hash }, revokedAt: null },
    data: { revokedAt: new Date() },
  });
  return ended?.id ?? null;
}
