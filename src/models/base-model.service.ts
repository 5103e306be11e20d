import {
  ConflictException,
  ForbiddenException,
  Injectable,
  NotFoundException,
} from '@nestjs/common';

import { Prisma } from '../generated/prisma/client.js';
import { ModelCacheService } from '../shared/cache/model-cache.service.js';
import { deployedBeyond } from '../shared/database/allowed-providers.js';
import { jsonOrNull } from '../shared/database/json.js';
import { changeRow, createRow, selectOne, selectPage } from '../shared/database/listing.js';
import { isReferenceViolation, isUniqueViolation } from '../shared/database/prisma-errors.js';
import { PrismaService } from '../shared/database/prisma.service.js';
import type { JsonText } from '../shared/http/json-text.js';
import { mergePatch } from '../shared/http/merge-patch.js';
import type { JsonObject } from '../shared/json.js';
import { InvalidInput } from '../shared/http/problem.js';
import { validateInput } from '../shared/http/validation.pipe.js';
import { BaseModelInput } from './base-model.dto.js';
import { BASE_MODELS } from './base-model.listing.js';
import type { BaseModelQuery } from './base-model.query.js';
import { lockSuccessors, successorProblem } from './successors.js';

const MISSING = 'There is no model with this id.';

@Injectable()
export class BaseModelService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly cache: ModelCacheService,
  ) {}

  list(query: BaseModelQuery): Promise<JsonText> {
    return selectPage(this.prisma, BASE_MODELS, query, conditions(query));
  }

  /** @throws NotFoundException */
  async get(id: string): Promise<JsonText> {
    const found = await selectOne(this.prisma, BASE_MODELS, id);
    if (!found) throw new NotFoundException(MISSING);
    return found;
  }

  /** @throws ConflictException when the name is taken; InvalidInput */
  async create(input: BaseModelInput): Promise<JsonText> {
    const created = await createRow(this.prisma, BASE_MODELS, async (tx) => {
      await checkSuccessor(tx, null, input);
      return tx.baseModel.create({ data: columns(input), select: { id: true } });
    }).catch((error: unknown) => rethrow(error, input.name));
    this.cache.invalidate(['models', `models/${created.id}`]);
    return created;
  }

  /**
   * @throws NotFoundException, PreconditionFailedException, ConflictException, InvalidInput;
   *   ForbiddenException for a confined caller when the model is deployed at other providers, too
   */
  replace(id: string, input: BaseModelInput, ifMatch?: string): Promise<JsonText> {
    return this.change(id, ifMatch, () => Promise.resolve(input));
  }

  /** @throws as replace */
  patch(id: string, patch: JsonObject, ifMatch?: string): Promise<JsonText> {
    return this.change(id, ifMatch, (current) => {
      const { id: _id, createdAt: _createdAt, updatedAt: _updatedAt, ...input } = current;
      return validateInput(BaseModelInput, mergePatch(input, patch));
    });
  }

  /** @throws as replace; ConflictException while it has deployments or replaces another model */
  async remove(id: string, ifMatch?: string): Promise<void> {
    const row = { id, ifMatch, missing: MISSING };
    await changeRow(this.prisma, BASE_MODELS, row, async (tx) => {
      await checkOwn(tx, id);
      const deployments = await tx.modelDeployment.count({ where: { baseModelId: id } });
      if (deployments > 0) {
        throw new ConflictException(`The model has ${deployments} deployments; remove them first.`);
      }
      const replaced = await tx.baseModel.findFirst({ where: { replacedBy: id } });
      if (replaced) {
        throw new ConflictException(`The model replaces ${replaced.name}; change that first.`);
      }
      await tx.baseModel.delete({ where: { id } });
    }).catch((error: unknown) => {
      if (!isReferenceViolation(error)) throw error;
      throw new ConflictException('The model has come into use; look again.');
    });
    this.cache.invalidate(['models', `models/${id}`]);
  }

  private async change(
    id: string,
    ifMatch: string | undefined,
    next: (current: JsonObject) => Promise<BaseModelInput>,
  ): Promise<JsonText> {
    const row = { id, ifMatch, missing: MISSING };
    let name = '';
    const changed = await changeRow(this.prisma, BASE_MODELS, row, async (tx, current) => {
      await checkOwn(tx, id);
      const input = await next(current.object());
      name = input.name;
      await checkSuccessor(tx, id, input);
      await tx.baseModel.update({ where: { id }, data: columns(input) });
    }).catch((error: unknown) => rethrow(error, name));
    this.cache.invalidate(['models', `models/${id}`]);
    return changed;
  }
}

function conditions(query: BaseModelQuery): Prisma.Sql[] {
  const { vendor, family, capability, deprecated, q } = query;
  const where: Prisma.Sql[] = [];
  if (vendor !== undefined) where.push(Prisma.sql`m.vendor = ${vendor}`);
  if (family !== undefined) where.push(Prisma.sql`m.family = ${family}`);
  if (deprecated !== undefined) where.push(Prisma.sql`m.deprecated = ${deprecated}`);
  if (capability && capability.length > 0) {
    const claims = Object.fromEntries(capability.map((claim) => [claim, true]));
    where.push(Prisma.sql`m.capabilities @> ${JSON.stringify(claims)}::jsonb`);
  }
  if (q !== undefined) {
    where.push(
      Prisma.sql`position(lower(${q}::text) in lower(concat_ws(' ', m.vendor, m.family, m.name))) > 0`,
    );
  }
  return where;
}

/** What others have deployed, too, is not for a confined caller to change. @throws ForbiddenException */
async function checkOwn(tx: Prisma.TransactionClient, baseModelId: string): Promise<void> {
  const [found] = await tx.$queryRaw<{ beyond: boolean }[]>`
    SELECT ${deployedBeyond(Prisma.sql`${baseModelId}`)} AS beyond`;
  if (found?.beyond) throw new ForbiddenException('Others have deployed the model, too.');
}

async function checkSuccessor(
  tx: Prisma.TransactionClient,
  id: string | null,
  { replacedBy }: BaseModelInput,
): Promise<void> {
  if (!replacedBy) return;
  const problem = successorProblem(await lockSuccessors(tx, [replacedBy]), id, replacedBy);
  if (problem) throw new InvalidInput([problem]);
}

function rethrow(error: unknown, name: string): never {
  if (isUniqueViolation(error)) {
    throw new ConflictException(`There is already a model named ${name}.`);
  }
  throw error;
}

/** The columns an input fills; a field left out is emptied. */
export function columns(input: BaseModelInput) {
  const { name, vendor, family = null, version = null, description = null } = input;
  const { deprecated, replacedBy = null } = input;
  return {
    name,
    vendor,
    family,
    version,
    description,
    deprecated,
    replacedBy,
    capabilities: { ...input.capabilities },
    defaultParams: jsonOrNull(input.defaultParams && { ...input.defaultParams }),
    releaseDate: input.releaseDate ? new Date(input.releaseDate) : null,
  };
}
