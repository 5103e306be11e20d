import { Body, Controller, Delete, Get, HttpCode, Post, Put, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { ApiCreated, ApiProblems } from '../shared/http/api.js';
import { AtLeast } from '../shared/http/at-least.decorator.js';
import { IdParam } from '../shared/http/id-param.js';
import { PageOf, PageQuery } from '../shared/http/paging.js';
import { ProviderDto, ProviderInput } from './provider.dto.js';
import { ProviderService } from './provider.service.js';

@ApiTags('Providers')
@Controller('api/v2/providers')
export class ProviderController {
  constructor(private readonly providers: ProviderService) {}

  @Get()
  @AtLeast('VIEWER')
  @ApiOperation({ summary: 'List providers, newest first' })
  @ApiOkResponse({ type: PageOf(ProviderDto) })
  @ApiProblems(400)
  list(@Query() query: PageQuery) {
    return this.providers.list(query);
  }

  @Post()
  @AtLeast('OPERATOR')
  @ApiOperation({ summary: 'Add a provider' })
  @ApiCreated(ProviderDto, 'provider')
  @ApiProblems(400, 409)
  create(@Body() input: ProviderInput) {
    return this.providers.create(input);
  }

  @Get(':id')
  @AtLeast('VIEWER')
  @ApiOperation({ summary: 'Read a provider' })
  @ApiOkResponse({ type: ProviderDto })
  @ApiProblems(400, 404)
  get(@IdParam() id: string) {
    return this.providers.get(id);
  }

  @Put(':id')
  @AtLeast('OPERATOR')
  @ApiOperation({ summary: 'Replace a provider', description: 'A field left out is emptied.' })
  @ApiOkResponse({ type: ProviderDto })
  @ApiProblems(400, 404, 409)
  replace(@IdParam() id: string, @Body() input: ProviderInput) {
    return this.providers.replace(id, input);
  }

  @Delete(':id')
  @AtLeast('OPERATOR')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a provider', description: 'Refused while it has deployments.' })
  @ApiNoContentResponse({ description: 'It is gone.' })
  @ApiProblems(400, 404, 409)
  remove(@IdParam() id: string) {
    return this.providers.remove(id);
  }
}
