import { Body, Controller, Delete, Get, Header, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';

import { AtLeast } from '../../shared/http/at-least.decorator.js';
import { CallerName } from '../../shared/http/caller.js';
import { Creates, Lists, Reads, Removes } from '../../shared/http/endpoints.js';
import { IdParam } from '../../shared/http/id-param.js';
import { IfMatch } from '../../shared/http/if-match.js';
import { ApiKeyDto, ApiKeyInput, ApiKeyQuery, NewApiKeyDto } from './api-key.dto.js';
import { ApiKeyService } from './api-key.service.js';

@ApiTags('API keys')
@Controller('api/v2/api-keys')
export class ApiKeyController {
  constructor(private readonly keys: ApiKeyService) {}

  @Get()
  @AtLeast('ADMIN')
  @Lists(ApiKeyDto, 'keys', 'Those revoked, too. None with its text, which is not stored.')
  list(@Query() query: ApiKeyQuery) {
    return this.keys.list(query);
  }

  @Post()
  @AtLeast('ADMIN')
  @Header('cache-control', 'no-store')
  @Creates(NewApiKeyDto, 'key', 'The answer has the key itself: 256 random bits, shown once.')
  create(@Body() input: ApiKeyInput, @CallerName() caller: string | null) {
    return this.keys.create(input, caller);
  }

  @Get(':id')
  @AtLeast('ADMIN')
  @Reads(ApiKeyDto, 'key')
  get(@IdParam() id: string) {
    return this.keys.get(id);
  }

  @Delete(':id')
  @AtLeast('ADMIN')
  @Removes('key', 'It is revoked for good, in all processes within a second. Its row stays.')
  revoke(@IdParam() id: string, @IfMatch() ifMatch?: string) {
    return this.keys.revoke(id, ifMatch);
  }
}
