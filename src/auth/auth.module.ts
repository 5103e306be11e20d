import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';

import { LimitsModule } from '../shared/limits/limits.module.js';
import {
  ApiKeyAccessController,
  UserAccessController,
} from './access/provider-access.controller.js';
import { ProviderAccessService } from './access/provider-access.service.js';
import { AuthGuard } from './auth.guard.js';
import { CallerLimits } from './caller-limits.js';
import { CallerService } from './caller.service.js';
import { FailedKeys } from './failed-keys.js';
import { ApiKeyController } from './keys/api-key.controller.js';
import { ApiKeyService } from './keys/api-key.service.js';
import { AccessTokens } from './sessions/access-token.js';
import { SessionController } from './sessions/session.controller.js';
import { SessionService } from './sessions/session.service.js';
import { UserController } from './users/user.controller.js';
import { UserService } from './users/user.service.js';

@Module({
  imports: [LimitsModule],
  controllers: [
    SessionController,
    UserController,
    ApiKeyController,
    UserAccessController,
    ApiKeyAccessController,
  ],
  providers: [
    ApiKeyService,
    UserService,
    ProviderAccessService,
    SessionService,
    AccessTokens,
    CallerService,
    FailedKeys,
    CallerLimits,
    { provide: APP_GUARD, useClass: AuthGuard },
  ],
  exports: [ApiKeyService, CallerService, CallerLimits],
})
export class AuthModule {}
