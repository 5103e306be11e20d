import { Body, Controller, Get, Header, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';

import { ApiProblems } from '../shared/http/api.js';
import { AtLeast } from '../shared/http/at-least.decorator.js';
import { CallingUser } from '../shared/http/caller.js';
import { ApiAnswer, Written } from '../shared/http/endpoints.js';
import { IfMatch } from '../shared/http/if-match.js';
import { SettingsDto, SettingsInput } from './settings.dto.js';
import { SettingsService } from './settings.service.js';

@ApiTags('Settings')
@Controller('api/v2/settings')
export class SettingsController {
  constructor(private readonly settings: SettingsService) {}

  @Get()
  @AtLeast('VIEWER')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: "Read the caller's settings",
    description: 'Those of the user who is logged in, or whose API key it is.',
  })
  @ApiAnswer(SettingsDto, 'The settings; the defaults when the user wrote none.')
  @ApiProblems(403)
  get(@CallingUser() userId: string | null) {
    return this.settings.get(userId);
  }

  @Put()
  @AtLeast('VIEWER')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: "Replace the caller's settings",
    description: 'A field left out gets its default, but for the AWS keys, which then stay.',
  })
  @Written(SettingsDto, 'settings')
  @ApiProblems(403)
  replace(
    @CallingUser() userId: string | null,
    @Body() input: SettingsInput,
    @IfMatch() ifMatch: string | undefined,
  ) {
    return this.settings.replace(userId, input, ifMatch);
  }
}
