import { ConflictException, Injectable, NotFoundException } from '@nestjs/common';

import type { ModelDeployment } from '../generated/prisma/client.js';
import { BaseModelService } from '../models/base-model.service.js';
import { jsonOrNull } from '../shared/database/json.js';
import { isUniqueViolation } from '../shared/database/prisma-errors.js';
import { PrismaService } from '../shared/database/prisma.service.js';
import { pageArguments, toPage, type Paged, type PageQuery } from '../shared/http/paging.js';
import { InvalidInput, type FieldProblem } from '../shared/http/problem.js';
import { DeploymentDto, type DeploymentInput, type DeploymentQuery } from './deployment.dto.js';

@Injectable()
export class DeploymentService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly models: BaseModelService,
  ) {}

  async list(query: DeploymentQuery): Promise<Paged<DeploymentDto>> {
    const { baseModelId, providerId, inferenceType, isActive } = query;
    const page = pageArguments(query);
    const where = { ...page.where, baseModelId, providerId, inferenceType, isActive };
    const rows = await this.prisma.modelDeployment.findMany({ ...page, where });
    return toPage(rows, query.limit, DeploymentDto.from);
  }

  async listOfModel(baseModelId: string, query: PageQuery): Promise<Paged<DeploymentDto>> {
    await this.models.get(baseModelId);
    return this.list({ ...query, baseModelId });
  }

  async get(id: string): Promise<DeploymentDto> {
    return DeploymentDto.from(await this.find(id));
  }

  async create(input: DeploymentInput): Promise<DeploymentDto> {
    await this.checkReferences(input);
    const row = await this.prisma.modelDeployment
      .create({ data: columns(input) })
      .catch((error: unknown) => this.rethrow(error, input));
    return DeploymentDto.from(row);
  }

  async replace(id: string, input: DeploymentInput): Promise<DeploymentDto> {
    await this.find(id);
    await this.checkReferences(input);
    const row = await this.prisma.modelDeployment
      .update({ where: { id }, data: columns(input) })
      .catch((error: unknown) => this.rethrow(error, input));
    return DeploymentDto.from(row);
  }

  /** Removes it and its certifications. */
  async remove(id: string): Promise<void> {
    await this.find(id);
    await this.prisma.modelDeployment.delete({ where: { id } });
  }

  private async find(id: string): Promise<ModelDeployment> {
    const row = await this.prisma.modelDeployment.findUnique({ where: { id } });
    if (!row) throw new NotFoundException('There is no deployment with this id.');
    return row;
  }

  private async checkReferences({ baseModelId, providerId }: DeploymentInput): Promise<void> {
    const [model, provider] = await Promise.all([
      this.prisma.baseModel.count({ where: { id: baseModelId } }),
      this.prisma.provider.count({ where: { id: providerId } }),
    ]);
    const problems: FieldProblem[] = [];
    if (!model) problems.push({ pointer: '/baseModelId', message: 'must be the id of a model' });
    if (!provider)
      problems.push({ pointer: '/providerId', message: 'must be the id of a provider' });
    if (problems.length > 0) throw new InvalidInput(problems);
  }

  private rethrow(error: unknown, input: DeploymentInput): never {
    if (isUniqueViolation(error)) {
      throw new ConflictException(
        `The provider already has a deployment with the id ${input.deploymentId}.`,
      );
    }
    throw error;
  }
}

function columns(input: DeploymentInput) {
  const { baseModelId, providerId, deploymentId, inferenceType, regions, isActive } = input;
  const { costPer1MInput, costPer1MOutput, costPerHour = null } = input;
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
    providerConfig: jsonOrNull(input.providerConfig),
    customParams: jsonOrNull(input.customParams),
  };
}
