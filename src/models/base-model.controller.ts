import { Body, Controller, Delete, Get, HttpCode, Post, Put, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { ApiCreated, ApiProblems } from '../shared/http/api.js';
import { AtLeast } from '../shared/http/at-least.decorator.js';
import { IdParam } from '../shared/http/id-param.js';
import { PageOf, PageQuery } from '../shared/http/paging.js';
import { BaseModelDto, BaseModelInput } from './base-model.dto.js';
import { BaseModelService } from './base-model.service.js';

@ApiTags('Models')
@Controller('api/v2/models')
export class BaseModelController {
  constructor(private readonly models: BaseModelService) {}

  @Get()
  @AtLeast('VIEWER')
  @ApiOperation({ summary: 'List base models, newest first' })
  @ApiOkResponse({ type: PageOf(BaseModelDto) })
  @ApiProblems(400)
  list(@Query() query: PageQuery) {
    return this.models.list(query);
  }

  @Post()
  @AtLeast('OPERATOR')
  @ApiOperation({ summary: 'Add a base model' })
  @ApiCreated(BaseModelDto, 'base model')
  @ApiProblems(400, 409)
  create(@Body() input: BaseModelInput) {
    return this.models.create(input);
  }

  @Get(':id')
  @AtLeast('VIEWER')
  @ApiOperation({ summary: 'Read a base model' })
  @ApiOkResponse({ type: BaseModelDto })
  @ApiProblems(400, 404)
  get(@IdParam() id: string) {
    return this.models.get(id);
  }

  @Put(':id')
  @AtLeast('OPERATOR')
  @ApiOperation({ summary: 'Replace a base model', description: 'A field left out is emptied.' })
  @ApiOkResponse({ type: BaseModelDto })
  @ApiProblems(400, 404, 409)
  replace(@IdParam() id: string, @Body() input: BaseModelInput) {
    return this.models.replace(id, input);
  }

  @Delete(':id')
  @AtLeast('OPERATOR')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Remove a base model',
    description: 'Refused while it has deployments.',
  })
  @ApiNoContentResponse({ description: 'It is gone.' })
  @ApiProblems(400, 404, 409)
  remove(@IdParam() id: string) {
    return this.models.remove(id);
  }
}
