import { Injectable, NotFoundException } from '@nestjs/common';

import { Prisma } from '../../generated/prisma/client.js';
import { ModelCacheService } from '../../shared/cache/model-cache.service.js';
import { changeRow, selectOne, type Catalogued } from '../../shared/database/listing.js';
import { isReferenceViolation } from '../../shared/database/prisma-errors.js';
import { PrismaService } from '../../shared/database/prisma.service.js';
import type { JsonText } from '../../shared/http/json-text.js';
import { InvalidInput } from '../../shared/http/problem.js';
import { CALLERS } from '../authenticated.js';
import type { ProviderAccessInput } from './provider-access.dto.js';

/** Whose access is read or set. */
export type Holder = 'user' | 'key';

/** A user or a key, as a `ProviderAccessDto`. */
const HOLDERS: Record<Holder, Catalogued & { readonly missing: string }> = {
  user: holder('user', Prisma.raw('users h'), Prisma.raw('a."userId"')),
  key: holder('API key', Prisma.raw('api_keys h'), Prisma.raw('a."apiKeyId"')),
};

function holder(named: string, from: Prisma.Sql, column: Prisma.Sql) {
  const ids = Prisma.sql`(
    SELECT coalesce(json_agg(a."providerId" ORDER BY a."providerId"), '[]')
      FROM provider_access a WHERE ${column} = h.id)`;
  const json = Prisma.sql`json_build_object('providerIds', CASE WHEN h.confined THEN ${ids} END)`;
  return {
    ...{ entity: `access of a ${named}`, missing: `There is no ${named} with this id.` },
    ...{ from, id: Prisma.raw('h.id'), json, sorts: {} },
  };
}

/** Which providers users and keys may see and use. */
@Injectable()
export class ProviderAccessService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly cache: ModelCacheService,
  ) {}

  /** @returns a `ProviderAccessDto`. @throws NotFoundException */
  async get(of: Holder, id: string): Promise<JsonText> {
    const found = await selectOne(this.prisma, HOLDERS[of], id);
    if (!found) throw new NotFoundException(HOLDERS[of].missing);
    return found;
  }

  /**
   * Confines, or sets free; it holds from the next request on.
   * @throws NotFoundException; PreconditionFailedException; InvalidInput for an admin, who is not to
   *   be confined, and for a provider that there is not
   */
  async set(
    of: Holder,
    id: string,
    { providerIds }: ProviderAccessInput,
    ifMatch: string | undefined,
  ): Promise<JsonText> {
    const row = { id, ifMatch, missing: HOLDERS[of].missing };
    const changed = await changeRow(this.prisma, HOLDERS[of], row, (tx) =>
      write(tx, of, id, providerIds),
    ).catch((error: unknown) => {
      if (!isReferenceViolation(error)) throw error;
      throw InvalidInput.field('/providerIds', 'must be ids of providers'); // one went a moment ago
    });
    this.cache.invalidate([CALLERS]);
    return changed;
  }
}

async function write(
  tx: Prisma.TransactionClient,
  of: Holder,
  id: string,
  providerIds: readonly string[] | null,
): Promise<void> {
  const confined = providerIds !== null;
  if (confined) await checkProviders(tx, providerIds);
  const holderId = of === 'user' ? { userId: id } : { apiKeyId: id };
  await tx.providerAccess.deleteMany({ where: holderId });
  await tx.providerAccess.createMany({
    data: (providerIds ?? []).map((providerId) => ({ ...holderId, providerId })),
  });
  const update = { where: { id, ...(confined && { role: { not: 'ADMIN' } as const }) } };
  const data = { confined };
  const { count } =
    of === 'user'
      ? await tx.user.updateMany({ ...update, data })
      : await tx.apiKey.updateMany({ ...update, data });
  if (count > 0) return;
  throw InvalidInput.field('/providerIds', 'must be null for an admin, who is not to be confined');
}

async function checkProviders(
  tx: Prisma.TransactionClient,
  providerIds: readonly string[],
): Promise<void> {
  const found = await tx.provider.findMany({
    where: { id: { in: [...providerIds] } },
    select: { id: true },
  });
  const known = new Set(found.map(({ id }) => id));
  const unknown = providerIds.findIndex((id) => !known.has(id));
  if (unknown >= 0) {
    throw InvalidInput.field(`/providerIds/${unknown}`, 'must be the id of a provider');
  }
}
