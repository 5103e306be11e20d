import { Body, Controller, Delete, Get, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';

import { AtLeast } from '../../shared/http/at-least.decorator.js';
import { Creates, Lists, Patches, Reads, Removes } from '../../shared/http/endpoints.js';
import { IdParam } from '../../shared/http/id-param.js';
import { IfMatch } from '../../shared/http/if-match.js';
import { MergePatch } from '../../shared/http/merge-patch.js';
import type { JsonObject } from '../../shared/json.js';
import { UserDto, UserInput, UserPatch, UserQuery } from './user.dto.js';
import { UserService } from './user.service.js';

@ApiTags('Users')
@Controller('api/v2/users')
export class UserController {
  constructor(private readonly users: UserService) {}

  @Get()
  @AtLeast('ADMIN')
  @Lists(UserDto, 'users')
  list(@Query() query: UserQuery) {
    return this.users.list(query);
  }

  @Post()
  @AtLeast('ADMIN')
  @Creates(UserDto, 'user')
  create(@Body() input: UserInput) {
    return this.users.create(input);
  }

  @Get(':id')
  @AtLeast('ADMIN')
  @Reads(UserDto, 'user')
  get(@IdParam() id: string) {
    return this.users.get(id);
  }

  @Patch(':id')
  @AtLeast('ADMIN')
  @Patches(UserDto, UserPatch, 'user', 'A changed role holds from the next request on.')
  patch(@IdParam() id: string, @MergePatch() patch: JsonObject, @IfMatch() ifMatch?: string) {
    return this.users.patch(id, patch, ifMatch);
  }

  @Delete(':id')
  @AtLeast('ADMIN')
  @Removes(
    'user',
    "With the user's sessions and settings; API keys of the user are revoked. What the user did stays.",
  )
  remove(@IdParam() id: string, @IfMatch() ifMatch?: string) {
    return this.users.remove(id, ifMatch);
  }
}
