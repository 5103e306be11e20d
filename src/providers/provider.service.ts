import { ConflictException, Injectable, NotFoundException } from '@nestjs/common';

import type { Provider } from '../generated/prisma/client.js';
import { isUniqueViolation } from '../shared/database/prisma-errors.js';
import { PrismaService } from '../shared/database/prisma.service.js';
import { pageArguments, toPage, type Paged, type PageQuery } from '../shared/http/paging.js';
import { ProviderDto, type ProviderInput } from './provider.dto.js';

@Injectable()
export class ProviderService {
  constructor(private readonly prisma: PrismaService) {}

  async list(query: PageQuery): Promise<Paged<ProviderDto>> {
    const rows = await this.prisma.provider.findMany(pageArguments(query));
    return toPage(rows, query.limit, ProviderDto.from);
  }

  async get(id: string): Promise<ProviderDto> {
    return ProviderDto.from(await this.find(id));
  }

  async create(input: ProviderInput): Promise<ProviderDto> {
    const row = await this.prisma.provider
      .create({ data: columns(input) })
      .catch((error: unknown) => this.rethrow(error, input));
    return ProviderDto.from(row);
  }

  async replace(id: string, input: ProviderInput): Promise<ProviderDto> {
    await this.find(id);
    const row = await this.prisma.provider
      .update({ where: { id }, data: columns(input) })
      .catch((error: unknown) => this.rethrow(error, input));
    return ProviderDto.from(row);
  }

  /** @throws ConflictException while it has deployments */
  async remove(id: string): Promise<void> {
    await this.find(id);
    const deployments = await this.prisma.modelDeployment.count({ where: { providerId: id } });
    if (deployments > 0) {
      throw new ConflictException(
        `The provider has ${deployments} deployments; remove them first.`,
      );
    }
    await this.prisma.provider.delete({ where: { id } });
  }

  private async find(id: string): Promise<Provider> {
    const row = await this.prisma.provider.findUnique({ where: { id } });
    if (!row) throw new NotFoundException('There is no provider with this id.');
    return row;
  }

  private rethrow(error: unknown, input: ProviderInput): never {
    if (isUniqueViolation(error)) {
      throw new ConflictException(`There is already a provider with the slug ${input.slug}.`);
    }
    throw error;
  }
}

function columns(input: ProviderInput) {
  const { name, slug, baseUrl = null, authType = null, isActive } = input;
  return { name, slug, baseUrl, authType, isActive };
}
