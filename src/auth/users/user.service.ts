import { ConflictException, Injectable, NotFoundException } from '@nestjs/common';

import type { Prisma } from '../../generated/prisma/client.js';
import { ModelCacheService } from '../../shared/cache/model-cache.service.js';
import { changeRow, createRow, selectOne, selectPage } from '../../shared/database/listing.js';
import { isUniqueViolation } from '../../shared/database/prisma-errors.js';
import { PrismaService } from '../../shared/database/prisma.service.js';
import type { JsonText } from '../../shared/http/json-text.js';
import { mergePatch } from '../../shared/http/merge-patch.js';
import { InvalidInput } from '../../shared/http/problem.js';
import { validateInput } from '../../shared/http/validation.pipe.js';
import type { JsonObject } from '../../shared/json.js';
import { noteInAudit } from '../../shared/logging/audit.js';
import { CALLERS } from '../authenticated.js';
import { keepAnAdmin } from '../last-admin.js';
import { ROLE_OF } from '../role.dto.js';
import { hashPassword } from './passwords.js';
import { ChangedUserInput, type UserInput, type UserQuery } from './user.dto.js';
import { USERS } from './user.listing.js';

const MISSING = 'There is no user with this id.';

/** Who may log in, and what each may do. */
@Injectable()
export class UserService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly cache: ModelCacheService,
  ) {}

  list(query: UserQuery): Promise<JsonText> {
    return selectPage(this.prisma, USERS, query, []);
  }

  /** @throws NotFoundException */
  async get(id: string): Promise<JsonText> {
    const found = await selectOne(this.prisma, USERS, id);
    if (!found) throw new NotFoundException(MISSING);
    return found;
  }

  /** @throws ConflictException when the email address is taken */
  async create(input: UserInput): Promise<JsonText> {
    const password = await hashPassword(input.password);
    return createRow(this.prisma, USERS, (tx) =>
      tx.user.create({ data: { ...columns(input), password }, select: { id: true } }),
    ).catch((error: unknown) => rethrow(error, input.email));
  }

  /** @throws NotFoundException, PreconditionFailedException, ConflictException, InvalidInput */
  async patch(id: string, patch: JsonObject, ifMatch: string | undefined): Promise<JsonText> {
    const row = { id, ifMatch, missing: MISSING };
    let email = '';
    const changed = await changeRow(this.prisma, USERS, row, async (tx, current) => {
      const { id: _id, createdAt: _createdAt, updatedAt: _updatedAt, ...before } = current.object();
      const input = await validateInput(ChangedUserInput, mergePatch(before, patch));
      email = input.email;
      if (input.role === 'admin') await checkFree(tx, id);
      const password = input.password === undefined ? null : await hashPassword(input.password);
      await tx.user.update({
        where: { id },
        data: { ...columns(input), ...(password !== null && { password }) },
      });
      if (before.role === 'admin' && input.role !== 'admin') await keepAnAdmin(tx);
      if (password === null) return;
      await tx.session.deleteMany({ where: { userId: id } });
      noteInAudit({ passwordChanged: true });
    }).catch((error: unknown) => rethrow(error, email));
    this.cache.invalidate([CALLERS]);
    return changed;
  }

  /**
   * With the user's sessions and settings; the user's keys are revoked, and belong to nobody.
   * @throws NotFoundException; PreconditionFailedException; ConflictException for the last admin
   */
  async remove(id: string, ifMatch: string | undefined): Promise<void> {
    const row = { id, ifMatch, missing: MISSING };
    await changeRow(this.prisma, USERS, row, async (tx, current) => {
      await endKeys(tx, id);
      await tx.user.delete({ where: { id } });
      if (current.object().role === 'admin') await keepAnAdmin(tx);
    });
    this.cache.invalidate([CALLERS]);
  }
}

/** Their rows stay, and with them their names: the audit says by which key something was done. */
async function endKeys(tx: Prisma.TransactionClient, userId: string): Promise<void> {
  // A key that is being given to the user is waited for, and no other one is given any more.
  await tx.$executeRaw`SELECT FROM users WHERE id = ${userId} FOR UPDATE`;
  await tx.apiKey.updateMany({
    where: { userId, revokedAt: null },
    data: { revokedAt: new Date() },
  });
  await tx.apiKey.updateMany({ where: { userId }, data: { userId: null } });
}

/** @throws InvalidInput for somebody confined to providers, which an admin is not to be */
async function checkFree(tx: Prisma.TransactionClient, id: string): Promise<void> {
  if ((await tx.user.count({ where: { id, confined: true } })) === 0) return;
  throw InvalidInput.field('/role', 'must not be admin while the user is confined to providers');
}

function columns({ email, name = null, role }: ChangedUserInput | UserInput) {
  return { email, name, role: ROLE_OF[role] };
}

function rethrow(error: unknown, email: string): never {
  if (isUniqueViolation(error)) throw new ConflictException(`There is already a user ${email}.`);
  throw error;
}
