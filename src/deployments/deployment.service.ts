import { ConflictException, Injectable, NotFoundException } from '@nestjs/common';

import { Prisma } from '../generated/prisma/client.js';
import { BaseModelService } from '../models/base-model.service.js';
import { ModelCacheService } from '../shared/cache/model-cache.service.js';
import { allowedDeployments } from '../shared/database/allowed-providers.js';
import { jsonOrNull } from '../shared/database/json.js';
import { changeRow, createRow, selectOne, selectPage } from '../shared/database/listing.js';
import { isUniqueViolation } from '../shared/database/prisma-errors.js';
import { PrismaService } from '../shared/database/prisma.service.js';
import type { JsonText } from '../shared/http/json-text.js';
import { mergePatch } from '../shared/http/merge-patch.js';
import type { JsonObject } from '../shared/json.js';
import { validateInput } from '../shared/http/validation.pipe.js';
import { deploymentChanged } from './deployment-tags.js';
import { checkDeployment } from './deployment-rules.js';
import { DeploymentInput } from './deployment.dto.js';
import { DEPLOYMENTS, isCertified, offeredIn } from './deployment.listing.js';
import type { DeploymentOfModelQuery, DeploymentQuery } from './deployment.query.js';
import { recordFirstPrices, recordPriceChange, type PriceRequest } from './prices/price-history.js';

const MISSING = 'There is no deployment with this id.';

/** Who writes, and what for. */
export interface Write {
  readonly caller: string | null;
  readonly ifMatch?: string | undefined;
}

@Injectable()
export class DeploymentService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly models: BaseModelService,
    private readonly cache: ModelCacheService,
  ) {}

  list(query: DeploymentQuery): Promise<JsonText> {
    return selectPage(this.prisma, DEPLOYMENTS, query, conditions(query));
  }

  /** @throws NotFoundException when there is no such model */
  async listOfModel(baseModelId: string, query: DeploymentOfModelQuery): Promise<JsonText> {
    await this.models.get(baseModelId);
    return this.list({ ...query, baseModelId });
  }

  /** @throws NotFoundException */
  async get(id: string): Promise<JsonText> {
    const found = await selectOne(this.prisma, DEPLOYMENTS, id);
    if (!found) throw new NotFoundException(MISSING);
    return found;
  }

  /** The row, with what it belongs to. @throws NotFoundException */
  async find(id: string) {
    const found = await this.prisma.modelDeployment.findUnique({
      where: { id, ...allowedDeployments() },
      include: { provider: true, baseModel: true },
    });
    if (!found) throw new NotFoundException(MISSING);
    return found;
  }

  /** @throws ConflictException when the provider has one with this id; InvalidInput */
  async create(input: DeploymentInput, { caller }: Write): Promise<JsonText> {
    const created = await createRow(this.prisma, DEPLOYMENTS, async (tx) => {
      await checkDeployment(tx, input);
      const data = columns(input);
      const { id } = await tx.modelDeployment.create({ data, select: { id: true } });
      await recordFirstPrices(tx, id, priceRequest(input, caller));
      return { id };
    }).catch((error: unknown) => rethrow(error, input.deploymentId));
    this.cache.invalidate(deploymentChanged(created.id, input.baseModelId));
    return created;
  }

  /** @throws NotFoundException, PreconditionFailedException, ConflictException, InvalidInput */
  replace(id: string, input: DeploymentInput, write: Write): Promise<JsonText> {
    return this.change(id, write, () => Promise.resolve(input));
  }

  /** @throws as replace */
  patch(id: string, patch: JsonObject, write: Write): Promise<JsonText> {
    return this.change(id, write, (current) =>
      validateInput(DeploymentInput, mergePatch(writable(current), patch)),
    );
  }

  /** Removes it, its certifications and its prices. */
  async remove(id: string, { ifMatch }: Write): Promise<void> {
    const row = { id, ifMatch, missing: MISSING };
    let baseModelId = '';
    await changeRow(this.prisma, DEPLOYMENTS, row, async (tx) => {
      ({ baseModelId } = await tx.modelDeployment.delete({ where: { id } }));
    });
    this.cache.invalidate(deploymentChanged(id, baseModelId));
  }

  private async change(
    id: string,
    { caller, ifMatch }: Write,
    next: (current: JsonObject) => Promise<DeploymentInput>,
  ): Promise<JsonText> {
    const row = { id, ifMatch, missing: MISSING };
    let deploymentId = '';
    let models: string[] = [];
    const changed = await changeRow(this.prisma, DEPLOYMENTS, row, async (tx, current) => {
      const input = await next(current.object());
      deploymentId = input.deploymentId;
      await checkDeployment(tx, input);
      const before = await tx.modelDeployment.findUniqueOrThrow({ where: { id } });
      models = [before.baseModelId, input.baseModelId];
      await recordPriceChange(tx, id, before, priceRequest(input, caller));
      await tx.modelDeployment.update({ where: { id }, data: columns(input) });
    }).catch((error: unknown) => rethrow(error, deploymentId));
    this.cache.invalidate(deploymentChanged(id, ...models));
    return changed;
  }
}

function conditions(query: DeploymentQuery): Prisma.Sql[] {
  const { baseModelId, providerId, inferenceType, isActive, region, certified } = query;
  const where: Prisma.Sql[] = [];
  if (baseModelId !== undefined) where.push(Prisma.sql`d."baseModelId" = ${baseModelId}`);
  if (providerId !== undefined) where.push(Prisma.sql`d."providerId" = ${providerId}`);
  if (inferenceType !== undefined) {
    where.push(Prisma.sql`d."inferenceType" = ${inferenceType}::"InferenceType"`);
  }
  if (isActive !== undefined) where.push(Prisma.sql`d."isActive" = ${isActive}`);
  if (region !== undefined) where.push(offeredIn(region));
  if (certified !== undefined) {
    // Not compared with a parameter: only a bare (NOT) EXISTS stops at the page's last row.
    const there = isCertified(region ?? null);
    where.push(certified ? there : Prisma.sql`NOT ${there}`);
  }
  return where;
}

/** The fields of a stored deployment that a client writes. */
function writable(current: JsonObject): JsonObject {
  const { id: _id, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = current;
  const { capabilitiesVerifiedAt: _at, capabilitiesSource: _source, ...input } = rest;
  return input;
}

function rethrow(error: unknown, deploymentId: string): never {
  if (isUniqueViolation(error)) {
    throw new ConflictException(
      `The provider already has a deployment with the id ${deploymentId}.`,
    );
  }
  throw error;
}

/** The part of an input that the price history is told. */
export function priceRequest(input: DeploymentInput, caller: string | null): PriceRequest {
  const { costPer1MInput, costPer1MOutput, costPerHour = null } = input;
  const { priceChange, confirmPriceJump } = input;
  const prices = { costPer1MInput, costPer1MOutput, costPerHour };
  return { prices, ...(priceChange && { priceChange }), confirmPriceJump, caller };
}

/** The columns an input fills; a field left out is emptied. */
export function columns(input: DeploymentInput) {
  const { baseModelId, providerId, deploymentId, inferenceType, regions, isActive } = input;
  const { costPer1MInput, costPer1MOutput, costPerHour = null } = input;
  const { rpmLimit = null, tpmLimit = null, providerConfig, customParams } = input;
  return {
    baseModelId,
    providerId,
    deploymentId,
    inferenceType,
    regions,
    isActive,
    costPer1MInput,
    costPer1MOutput,
    costPerHour,
    rpmLimit,
    tpmLimit,
    providerConfig: jsonOrNull(providerConfig && { ...providerConfig }),
    customParams: jsonOrNull(customParams && { ...customParams }),
  };
}
