import { Body, Controller, Delete, Get, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';

import { AtLeast } from '../shared/http/at-least.decorator.js';
import { Cached } from '../shared/http/cached.decorator.js';
import { Creates, Lists, Patches, Reads, Removes, Replaces } from '../shared/http/endpoints.js';
import { IdParam } from '../shared/http/id-param.js';
import { IfMatch } from '../shared/http/if-match.js';
import { MergePatch } from '../shared/http/merge-patch.js';
import type { JsonObject } from '../shared/json.js';
import { ProviderDto, ProviderInput, ProviderPatch, ProviderQuery } from './provider.dto.js';
import { ProviderService } from './provider.service.js';

@ApiTags('Providers')
@Controller('api/v2/providers')
export class ProviderController {
  constructor(private readonly providers: ProviderService) {}

  @Get()
  @AtLeast('VIEWER')
  @Cached('providers')
  @Lists(ProviderDto, 'providers')
  list(@Query() query: ProviderQuery) {
    return this.providers.list(query);
  }

  @Post()
  @AtLeast('OPERATOR')
  @Creates(ProviderDto, 'provider')
  create(@Body() input: ProviderInput) {
    return this.providers.create(input);
  }

  @Get(':id')
  @AtLeast('VIEWER')
  @Cached('providers/:id')
  @Reads(ProviderDto, 'provider')
  get(@IdParam() id: string) {
    return this.providers.get(id);
  }

  @Put(':id')
  @AtLeast('OPERATOR')
  @Replaces(ProviderDto, 'provider')
  replace(@IdParam() id: string, @Body() input: ProviderInput, @IfMatch() ifMatch?: string) {
    return this.providers.replace(id, input, ifMatch);
  }

  @Patch(':id')
  @AtLeast('OPERATOR')
  @Patches(ProviderDto, ProviderPatch, 'provider')
  patch(@IdParam() id: string, @MergePatch() patch: JsonObject, @IfMatch() ifMatch?: string) {
    return this.providers.patch(id, patch, ifMatch);
  }

  @Delete(':id')
  @AtLeast('OPERATOR')
  @Removes('provider', 'Refused while it has deployments.')
  remove(@IdParam() id: string, @IfMatch() ifMatch?: string) {
    return this.providers.remove(id, ifMatch);
  }
}
