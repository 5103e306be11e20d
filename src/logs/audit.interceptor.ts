import {
  HttpException,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { tap, type Observable } from 'rxjs';

import { CHANGES_NOTHING } from '../shared/http/changes-nothing.decorator.js';
import { auditContext } from '../shared/logging/log-context.js';
import { isObject, stringOrNull } from '../shared/json.js';
import { LogRecorder } from './log-recorder.js';

const CHANGING = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * Puts requests on record that change something, unless the change itself is there already. Those
 * refused are recorded only where a service noted what was tried: a login.
 */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly recorder: LogRecorder,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const exempt = this.reflector.get<true | undefined>(CHANGES_NOTHING, context.getHandler());
    if (exempt || !CHANGING.has(request.method)) return next.handle();
    const { statusCode } = http.getResponse<FastifyReply>();
    return next.handle().pipe(
      tap({
        next: () => this.done(request, statusCode),
        error: (error: unknown) => this.refused(request, error),
      }),
    );
  }

  private done(request: FastifyRequest, status: number): void {
    const { route = '', recorded, caller, notes } = auditContext();
    // Whoever is nobody, and did nothing that a service noted, is not worth a row.
    if (recorded || (caller === undefined && !notes)) return;
    this.recorder.audit(route, { action: 'request', status, entityId: idIn(request.params) });
  }

  private refused(request: FastifyRequest, error: unknown): void {
    const { route = '', notes } = auditContext();
    if (!notes) return;
    const status = error instanceof HttpException ? error.getStatus() : 500;
    this.recorder.audit(`${route} refused`, {
      ...{ action: 'refused', status, entityId: idIn(request.params) },
    });
  }
}

/** The id in the path. */
function idIn(params: unknown): string | null {
  return isObject(params) ? stringOrNull(params.id ?? params.jobId) : null;
}
