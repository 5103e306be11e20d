import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { tap, type Observable } from 'rxjs';

/** Adds `Location` to a 201: the path posted to, and the new row's id. */
@Injectable()
export class LocationInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      tap((body: unknown) => {
        if (reply.statusCode !== 201 || typeof body !== 'object' || body === null) return;
        if (!('id' in body) || typeof body.id !== 'string') return;
        void reply.header('location', `${request.url.split('?')[0] ?? ''}/${body.id}`);
      }),
    );
  }
}
