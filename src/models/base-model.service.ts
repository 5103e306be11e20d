import { ConflictException, Injectable, NotFoundException } from '@nestjs/common';

import type { BaseModel } from '../generated/prisma/client.js';
import { jsonOrNull } from '../shared/database/json.js';
import { isUniqueViolation } from '../shared/database/prisma-errors.js';
import { PrismaService } from '../shared/database/prisma.service.js';
import { pageArguments, toPage, type Paged, type PageQuery } from '../shared/http/paging.js';
import { InvalidInput } from '../shared/http/problem.js';
import { BaseModelDto, type BaseModelInput } from './base-model.dto.js';

@Injectable()
export class BaseModelService {
  constructor(private readonly prisma: PrismaService) {}

  async list(query: PageQuery): Promise<Paged<BaseModelDto>> {
    const rows = await this.prisma.baseModel.findMany(pageArguments(query));
    return toPage(rows, query.limit, BaseModelDto.from);
  }

  async get(id: string): Promise<BaseModelDto> {
    return BaseModelDto.from(await this.find(id));
  }

  async create(input: BaseModelInput): Promise<BaseModelDto> {
    await this.checkSuccessor(null, input);
    const row = await this.prisma.baseModel
      .create({ data: columns(input) })
      .catch((error: unknown) => this.rethrow(error, input));
    return BaseModelDto.from(row);
  }

  async replace(id: string, input: BaseModelInput): Promise<BaseModelDto> {
    await this.find(id);
    await this.checkSuccessor(id, input);
    const row = await this.prisma.baseModel
      .update({ where: { id }, data: columns(input) })
      .catch((error: unknown) => this.rethrow(error, input));
    return BaseModelDto.from(row);
  }

  /** @throws ConflictException while it has deployments or another model names it as successor */
  async remove(id: string): Promise<void> {
    await this.find(id);
    const deployments = await this.prisma.modelDeployment.count({ where: { baseModelId: id } });
    if (deployments > 0) {
      throw new ConflictException(`The model has ${deployments} deployments; remove them first.`);
    }
    const replaced = await this.prisma.baseModel.findFirst({ where: { replacedBy: id } });
    if (replaced) {
      throw new ConflictException(`The model replaces ${replaced.name}; change that first.`);
    }
    await this.prisma.baseModel.delete({ where: { id } });
  }

  private async find(id: string): Promise<BaseModel> {
    const row = await this.prisma.baseModel.findUnique({ where: { id } });
    if (!row) throw new NotFoundException('There is no model with this id.');
    return row;
  }

  private async checkSuccessor(id: string | null, { replacedBy }: BaseModelInput): Promise<void> {
    if (!replacedBy) return;
    if (replacedBy === id) throw InvalidInput.field('/replacedBy', 'must be another model');
    const successor = await this.prisma.baseModel.findUnique({ where: { id: replacedBy } });
    if (!successor) throw InvalidInput.field('/replacedBy', 'must be the id of a model');
  }

  private rethrow(error: unknown, input: BaseModelInput): never {
    if (isUniqueViolation(error)) {
      throw new ConflictException(`There is already a model named ${input.name}.`);
    }
    throw error;
  }
}

function columns(input: BaseModelInput) {
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
    defaultParams: jsonOrNull(input.defaultParams),
    releaseDate: input.releaseDate ? new Date(input.releaseDate) : null,
  };
}
