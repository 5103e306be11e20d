import {
  ForbiddenException,
  Injectable,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';

import type { ApiKey, Role } from '../generated/prisma/client.js';
import { LOWEST_ROLE } from '../shared/http/at-least.decorator.js';
import { setCaller } from '../shared/http/caller.js';
import { ApiKeyService, bearerToken } from './api-key.service.js';

const RANK: Record<Role, number> = { VIEWER: 1, OPERATOR: 2, ADMIN: 3 };

/** Lets a request in by its bearer key. An endpoint that names no role is closed. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: ApiKeyService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const lowest = this.reflector.getAllAndOverride<Role | 'OPEN' | undefined>(LOWEST_ROLE, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (lowest === 'OPEN') return true;
    const key = await this.authenticate(context);
    if (!lowest || RANK[key.role] < RANK[lowest]) {
      throw new ForbiddenException(`This needs the role ${(lowest ?? 'ADMIN').toLowerCase()}.`);
    }
    return true;
  }

  private async authenticate(context: ExecutionContext): Promise<ApiKey> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const token = bearerToken(request.headers.authorization);
    const key = token ? await this.keys.verify(token) : null;
    if (!key) {
      const reply = context.switchToHttp().getResponse<FastifyReply>();
      void reply.header('www-authenticate', 'Bearer');
      throw new UnauthorizedException('Send a valid key: Authorization: Bearer <key>.');
    }
    setCaller(request, { name: key.name, userId: key.userId });
    return key;
  }
}
