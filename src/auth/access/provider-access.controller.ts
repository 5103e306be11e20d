import { applyDecorators, Body, Controller, Get, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';

import { ApiProblems } from '../../shared/http/api.js';
import { AtLeast } from '../../shared/http/at-least.decorator.js';
import { ApiAnswer, Written } from '../../shared/http/endpoints.js';
import { IdParam } from '../../shared/http/id-param.js';
import { IfMatch } from '../../shared/http/if-match.js';
import { ProviderAccessDto, ProviderAccessInput } from './provider-access.dto.js';
import { ProviderAccessService } from './provider-access.service.js';

function ReadsAccess(whose: string) {
  return applyDecorators(
    AtLeast('ADMIN'),
    ApiOperation({ summary: `Read which providers ${whose} may see and use` }),
    ApiAnswer(ProviderAccessDto, 'The providers.'),
    ApiProblems(400, 404),
  );
}

function SetsAccess(whose: string) {
  return applyDecorators(
    AtLeast('ADMIN'),
    ApiOperation({
      summary: `Set which providers ${whose} may see and use`,
      description:
        'It holds from the next request on. What others host is then not listed, not found, not ' +
        'counted and not certified; base models belong to nobody and stay visible. An admin is ' +
        'not confined.',
    }),
    Written(ProviderAccessDto, 'access'),
  );
}

@ApiTags('Users')
@Controller('api/v2/users/:id/providers')
export class UserAccessController {
  constructor(private readonly access: ProviderAccessService) {}

  @Get()
  @ReadsAccess('a user')
  get(@IdParam() id: string) {
    return this.access.get('user', id);
  }

  @Put()
  @SetsAccess('a user')
  set(@IdParam() id: string, @Body() input: ProviderAccessInput, @IfMatch() ifMatch?: string) {
    return this.access.set('user', id, input, ifMatch);
  }
}

@ApiTags('API keys')
@Controller('api/v2/api-keys/:id/providers')
export class ApiKeyAccessController {
  constructor(private readonly access: ProviderAccessService) {}

  @Get()
  @ReadsAccess('a key')
  get(@IdParam() id: string) {
    return this.access.get('key', id);
  }

  @Put()
  @SetsAccess('a key')
  set(@IdParam() id: string, @Body() input: ProviderAccessInput, @IfMatch() ifMatch?: string) {
    return this.access.set('key', id, input, ifMatch);
  }
}
