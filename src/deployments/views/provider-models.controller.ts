import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';

import { AtLeast } from '../../shared/http/at-least.decorator.js';
import { Cached } from '../../shared/http/cached.decorator.js';
import { Lists } from '../../shared/http/endpoints.js';
import { ProviderModelsDto, ProviderModelsQuery } from './provider-models.dto.js';
import { ProviderModelsService } from './provider-models.service.js';

@ApiTags('Providers')
@Controller('api/providers/models')
export class ProviderModelsController {
  constructor(private readonly providers: ProviderModelsService) {}

  @Get()
  @AtLeast('VIEWER')
  @Cached('providers', 'deployments', 'models')
  @Lists(
    ProviderModelsDto,
    'providers with their deployments',
    'Active providers, each with its first active deployments.',
  )
  list(@Query() query: ProviderModelsQuery) {
    return this.providers.list(query);
  }
}
