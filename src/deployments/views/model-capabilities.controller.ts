import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';

import { ApiProblems } from '../../shared/http/api.js';
import { AtLeast } from '../../shared/http/at-least.decorator.js';
import { Cached } from '../../shared/http/cached.decorator.js';
import { ApiAnswer } from '../../shared/http/endpoints.js';
import { ModelCapabilitiesDto, ModelCapabilitiesQuery } from './model-capabilities.dto.js';
import { ModelCapabilitiesService } from './model-capabilities.service.js';
import { MAX_MODEL_ID, MODEL_ID_PATTERN, ModelIdParam } from './model-id-param.js';

@ApiTags('Models')
@Controller('api/models')
export class ModelCapabilitiesController {
  constructor(private readonly capabilities: ModelCapabilitiesService) {}

  @Get(':modelId/capabilities')
  @AtLeast('VIEWER')
  @Cached('models', 'deployments', 'providers')
  @ApiOperation({
    summary: 'Read what a base model declares and what its deployments were seen to do',
    description:
      'For each deployment and region, whether each claim was proved, refuted or not tested. Asked ' +
      "for by a provider's own id, only the deployments with that id.",
  })
  @ApiParam({
    name: 'modelId',
    description: "The id of a base model, or a provider's own id of a deployment, URL-encoded.",
    schema: {
      type: 'string',
      minLength: 1,
      maxLength: MAX_MODEL_ID,
      pattern: MODEL_ID_PATTERN.source,
      example: 'gpt-4-turbo-2024-04-09',
    },
  })
  @ApiAnswer(ModelCapabilitiesDto, 'The capabilities.')
  @ApiProblems(400, 404, 409)
  get(@ModelIdParam() modelId: string, @Query() query: ModelCapabilitiesQuery) {
    return this.capabilities.get(modelId, query);
  }
}
