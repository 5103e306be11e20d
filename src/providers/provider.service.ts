import { ConflictException, Injectable, NotFoundException } from '@nestjs/common';

import { Prisma } from '../generated/prisma/client.js';
import { ModelCacheService } from '../shared/cache/model-cache.service.js';
import { changeRow, createRow, selectOne, selectPage } from '../shared/database/listing.js';
import { isReferenceViolation, isUniqueViolation } from '../shared/database/prisma-errors.js';
import { PrismaService } from '../shared/database/prisma.service.js';
import { refuseConfined } from '../shared/http/caller-context.js';
import type { JsonText } from '../shared/http/json-text.js';
import { mergePatch } from '../shared/http/merge-patch.js';
import type { JsonObject } from '../shared/json.js';
import { validateInput } from '../shared/http/validation.pipe.js';
import { ProviderInput, type ProviderQuery } from './provider.dto.js';
import { PROVIDERS } from './provider.listing.js';

const MISSING = 'There is no provider with this id.';

@Injectable()
export class ProviderService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly cache: ModelCacheService,
  ) {}

  list(query: ProviderQuery): Promise<JsonText> {
    const { isActive } = query;
    const where = isActive === undefined ? [] : [Prisma.sql`p."isActive" = ${isActive}`];
    return selectPage(this.prisma, PROVIDERS, query, where);
  }

  /** @throws NotFoundException */
  async get(id: string): Promise<JsonText> {
    const found = await selectOne(this.prisma, PROVIDERS, id);
    if (!found) throw new NotFoundException(MISSING);
    return found;
  }

  /** @throws ConflictException when the slug is taken; ForbiddenException for a confined caller */
  async create(input: ProviderInput): Promise<JsonText> {
    refuseConfined();
    const created = await createRow(this.prisma, PROVIDERS, (tx) =>
      tx.provider.create({ data: columns(input), select: { id: true } }),
    ).catch((error: unknown) => rethrow(error, input.slug));
    this.cache.invalidate(['providers', `providers/${created.id}`]);
    return created;
  }

  /** @throws NotFoundException, PreconditionFailedException, ConflictException */
  replace(id: string, input: ProviderInput, ifMatch?: string): Promise<JsonText> {
    return this.change(id, ifMatch, () => Promise.resolve(input));
  }

  /** @throws as replace, and InvalidInput */
  patch(id: string, patch: JsonObject, ifMatch?: string): Promise<JsonText> {
    return this.change(id, ifMatch, (current) => {
      const { id: _id, createdAt: _createdAt, updatedAt: _updatedAt, ...input } = current;
      return validateInput(ProviderInput, mergePatch(input, patch));
    });
  }

  /** @throws ConflictException while it has deployments */
  async remove(id: string, ifMatch?: string): Promise<void> {
    const row = { id, ifMatch, missing: MISSING };
    await changeRow(this.prisma, PROVIDERS, row, async (tx) => {
      const deployments = await tx.modelDeployment.count({ where: { providerId: id } });
      if (deployments > 0) {
        throw new ConflictException(
          `The provider has ${deployments} deployments; remove them first.`,
        );
      }
      await tx.provider.delete({ where: { id } });
    }).catch((error: unknown) => {
      if (!isReferenceViolation(error)) throw error;
      throw new ConflictException('The provider has come into use; look again.');
    });
    this.cache.invalidate(['providers', `providers/${id}`]);
  }

  private async change(
    id: string,
    ifMatch: string | undefined,
    next: (current: JsonObject) => Promise<ProviderInput>,
  ): Promise<JsonText> {
    const row = { id, ifMatch, missing: MISSING };
    let slug = '';
    const changed = await changeRow(this.prisma, PROVIDERS, row, async (tx, current) => {
      const before = current.object();
      const input = await next(before);
      slug = input.slug;
      // They say whose credentials it is sent.
      if (slug !== before.slug || (input.authType ?? null) !== before.authType) refuseConfined();
      if (input.authType === 'aws_credentials' && before.authType !== 'aws_credentials') {
        await checkUnused(tx, id);
      }
      await tx.provider.update({ where: { id }, data: columns(input) });
    }).catch((error: unknown) => rethrow(error, slug));
    this.cache.invalidate(['providers', `providers/${id}`]);
    return changed;
  }
}

/** What hosts with AWS credentials names its deployments by AWS' rules; others need not. */
async function checkUnused(tx: Prisma.TransactionClient, providerId: string): Promise<void> {
  const deployments = await tx.modelDeployment.count({ where: { providerId } });
  if (deployments > 0) {
    throw new ConflictException(
      `The authType cannot become aws_credentials while the provider has deployments (${deployments}).`,
    );
  }
}

function rethrow(error: unknown, slug: string): never {
  if (isUniqueViolation(error)) {
    throw new ConflictException(`There is already a provider with the slug ${slug}.`);
  }
  throw error;
}

function columns(input: ProviderInput) {
  const { name, slug, baseUrl = null, authType = null, isActive } = input;
  return { name, slug, baseUrl, authType, isActive };
}
