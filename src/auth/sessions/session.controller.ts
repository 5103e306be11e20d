import { Body, Controller, Header, HttpCode, Ip, Post, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { ApiProblems } from '../../shared/http/api.js';
import { AtLeast, Open } from '../../shared/http/at-least.decorator.js';
import { ChangesNothing } from '../../shared/http/changes-nothing.decorator.js';
import { CallingUser } from '../../shared/http/caller.js';
import { LoginInput, PasswordChangeInput, RefreshTokenInput, TokensDto } from './session.dto.js';
import { SessionService } from './session.service.js';

@ApiTags('Sessions')
@Controller('api/v2/auth')
export class SessionController {
  constructor(private readonly sessions: SessionService) {}

  @Post('login')
  @Open()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Log in',
    description:
      'Begins a session of at most 30 days. Ten tries a minute for a user from one address, and a ' +
      'hundred for a user, and from an address.',
  })
  @ApiOkResponse({ type: TokensDto, description: 'What to speak by.' })
  @ApiProblems(401, 429, 503)
  login(@Body() input: LoginInput, @Ip() address: string) {
    return this.sessions.login(input, address);
  }

  @Post('refresh')
  @Open()
  @ChangesNothing()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Get new tokens for a refresh token',
    description: 'Each refresh token once: one that comes again ends its session at once.',
  })
  @ApiOkResponse({ type: TokensDto, description: 'What to speak by from now on.' })
  @ApiProblems(401, 503)
  refresh(@Body() { refreshToken }: RefreshTokenInput) {
    return this.sessions.refresh(refreshToken);
  }

  @Put('password')
  @AtLeast('VIEWER')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: "Change the caller's own password",
    description:
      'Ends all sessions of the user, and begins another. As many tries a minute as for logging in.',
  })
  @ApiOkResponse({ type: TokensDto, description: 'What to speak by from now on.' })
  @ApiProblems(400, 403, 409, 429, 503)
  changePassword(
    @Body() input: PasswordChangeInput,
    @CallingUser() userId: string | null,
    @Ip() address: string,
  ) {
    return this.sessions.changePassword(userId, input, address);
  }

  @Post('logout')
  @Open()
  @HttpCode(204)
  @ApiOperation({
    summary: 'Log out',
    description: 'Ends the session: its access token is refused, too. A token unknown is no error.',
  })
  @ApiNoContentResponse({ description: 'The session is over.' })
  @ApiProblems(503)
  logout(@Body() { refreshToken }: RefreshTokenInput) {
    return this.sessions.logout(refreshToken);
  }
}
