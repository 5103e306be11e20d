import { Body, Controller, Delete, Get, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';

import { AtLeast } from '../shared/http/at-least.decorator.js';
import { Cached } from '../shared/http/cached.decorator.js';
import { Creates, Lists, Patches, Reads, Removes, Replaces } from '../shared/http/endpoints.js';
import { IdParam } from '../shared/http/id-param.js';
import { IfMatch } from '../shared/http/if-match.js';
import { MergePatch } from '../shared/http/merge-patch.js';
import type { JsonObject } from '../shared/json.js';
import { BaseModelDto, BaseModelInput, BaseModelPatch } from './base-model.dto.js';
import { BaseModelQuery } from './base-model.query.js';
import { BaseModelService } from './base-model.service.js';

@ApiTags('Models')
@Controller('api/v2/models')
export class BaseModelController {
  constructor(private readonly models: BaseModelService) {}

  @Get()
  @AtLeast('VIEWER')
  @Cached('models')
  @Lists(BaseModelDto, 'base models')
  list(@Query() query: BaseModelQuery) {
    return this.models.list(query);
  }

  @Post()
  @AtLeast('OPERATOR')
  @Creates(BaseModelDto, 'base model')
  create(@Body() input: BaseModelInput) {
    return this.models.create(input);
  }

  @Get(':id')
  @AtLeast('VIEWER')
  @Cached('models/:id')
  @Reads(BaseModelDto, 'base model')
  get(@IdParam() id: string) {
    return this.models.get(id);
  }

  @Put(':id')
  @AtLeast('OPERATOR')
  @Replaces(BaseModelDto, 'base model')
  replace(@IdParam() id: string, @Body() input: BaseModelInput, @IfMatch() ifMatch?: string) {
    return this.models.replace(id, input, ifMatch);
  }

  @Patch(':id')
  @AtLeast('OPERATOR')
  @Patches(BaseModelDto, BaseModelPatch, 'base model')
  patch(@IdParam() id: string, @MergePatch() patch: JsonObject, @IfMatch() ifMatch?: string) {
    return this.models.patch(id, patch, ifMatch);
  }

  @Delete(':id')
  @AtLeast('OPERATOR')
  @Removes('base model', 'Refused while it has deployments or replaces another model.')
  remove(@IdParam() id: string, @IfMatch() ifMatch?: string) {
    return this.models.remove(id, ifMatch);
  }
}
