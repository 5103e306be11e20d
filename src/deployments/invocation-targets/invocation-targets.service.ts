import { Injectable } from '@nestjs/common';

import { InferenceError } from '../../inference/inference-error.js';
import { problemOf } from '../../inference/inference-problem.js';
import { InferenceService } from '../../inference/inference.service.js';
import { InvalidInput } from '../../shared/http/problem.js';
import { GLOBAL_REGION } from '../../shared/region.js';
import { DeploymentService } from '../deployment.service.js';
import { targetOf } from '../target.js';
import type { InvocationTargetsDto, InvocationTargetsQuery } from './invocation-targets.dto.js';

/** Whether the ids of deployments can be invoked, by the word of their providers. */
@Injectable()
export class InvocationTargetsService {
  constructor(
    private readonly deployments: DeploymentService,
    private readonly inference: InferenceService,
  ) {}

  /** @throws NotFoundException; InvalidInput; HttpException 502, 503 or 504 when the provider fails */
  async check(
    id: string,
    query: InvocationTargetsQuery,
    userId: string | null,
  ): Promise<InvocationTargetsDto> {
    const deployment = await this.deployments.find(id);
    const { inferenceType, regions, provider } = deployment;
    const region = query.region ?? regions[0] ?? GLOBAL_REGION;
    const target = targetOf(deployment, region, userId);
    if (provider.authType === 'aws_credentials' && target.region === GLOBAL_REGION) {
      throw InvalidInput.field('/region', 'must be a region, as the deployment has none');
    }
    try {
      const check = await this.inference.checkModelId(target, inferenceType);
      return { modelId: target.modelId, inferenceType, region: target.region, ...check };
    } catch (error) {
      throw error instanceof InferenceError ? problemOf(error) : error;
    }
  }
}
