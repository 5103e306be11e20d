import {
  ForbiddenException,
  Inject,
  Injectable,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { LOWEST_ROLE, type LowestRole } from '../shared/http/at-least.decorator.js';
import { setCaller } from '../shared/http/caller-context.js';
import type { Caller } from './authenticated.js';
import { CallerLimits } from './caller-limits.js';
import { CallerService } from './caller.service.js';
import { FailedKeys } from './failed-keys.js';
import { isAtLeast } from './roles.js';
import { bearerToken, hashOf } from './tokens.js';

/** Lets a request in by its bearer token. An endpoint that names no role is closed. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    @Inject(CallerService) private readonly callers: Pick<CallerService, 'known' | 'of'>,
    private readonly failed: FailedKeys,
    private readonly limits: CallerLimits,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const lowest = this.reflector.getAllAndOverride<LowestRole | undefined>(LOWEST_ROLE, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (lowest === 'OPEN') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const caller = await this.authenticate(request);
    setCaller(request, caller);
    const within = this.limits.take(caller);
    void context.switchToHttp().getResponse<FastifyReply>().headers(this.limits.headersOf(caller));
    if (!within) throw this.limits.refusal(caller);
    if (!lowest || !isAtLeast(caller.role, lowest)) {
      throw new ForbiddenException(`This needs the role ${(lowest ?? 'ADMIN').toLowerCase()}.`);
    }
    return true;
  }

  private async authenticate({ headers, ip }: FastifyRequest): Promise<Caller> {
    const token = bearerToken(headers.authorization);
    if (token !== null) {
      if (!this.callers.known(hashOf(token))) await this.failed.check(ip);
      const caller = await this.callers.of(token);
      if (caller) return caller;
      await this.failed.count(ip);
    }
    throw new UnauthorizedException('Send a valid key: Authorization: Bearer <key>.');
  }
}
