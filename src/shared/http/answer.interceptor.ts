import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { lastValueFrom, of, throwError, timeout, type Observable } from 'rxjs';

import { ModelCacheService } from '../cache/model-cache.service.js';
import { Config } from '../config.js';
import { currentConfinement, keptUnder } from './caller-context.js';
import { CACHED_BY, type TagsOf } from './cached.decorator.js';
import { EventStream } from './event-stream.js';
import { isKnown, JSON_TYPE, JsonText } from './json-text.js';
import { ProblemException } from './problem.js';

/**
 * Writes what a controller returns: every GET with its ETag (304 when the client has it), kept in
 * the cache where the endpoint is `Cached`; every 201 with its `Location`.
 */
@Injectable()
export class AnswerInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly cache: ModelCacheService,
    private readonly config: Config,
  ) {}

  async intercept(
    context: ExecutionContext,
    next: CallHandler<unknown>,
  ): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const tagsOf = this.reflector.get<TagsOf | undefined>(CACHED_BY, context.getHandler());
    const answer = tagsOf
      ? await this.cache.load(
          keptUnder(request.url, currentConfinement()),
          tagsOf(request.params),
          () => this.read(next),
        )
      : await this.handle(next, request);
    return of(write(answer, request, http.getResponse<FastifyReply>()));
  }

  private handle(next: CallHandler<unknown>, { method }: FastifyRequest): Promise<unknown> {
    const answer = lastValueFrom(next.handle(), { defaultValue: undefined });
    return method === 'GET' || method === 'HEAD' ? answer : this.cache.guard(answer);
  }

  /** What is kept comes from the database alone, which may be busy. */
  private async read(next: CallHandler<unknown>): Promise<JsonText> {
    const inTime = timeout({
      first: this.config.database.waitMs,
      with: () => throwError(databaseIsBusy),
    });
    return toText(await lastValueFrom(next.handle().pipe(inTime), { defaultValue: undefined }));
  }
}

function databaseIsBusy(): ProblemException {
  return new ProblemException(503, 'The database is busy; try again shortly.', {});
}

function toText(answer: unknown): JsonText {
  return answer instanceof JsonText ? answer : JsonText.of(answer);
}

/** Sets an answer's headers. @returns what is to be sent: nothing with a 304 */
function write(answer: unknown, request: FastifyRequest, reply: FastifyReply): unknown {
  const reading = request.method === 'GET' || request.method === 'HEAD';
  if (answer instanceof EventStream) return answer.open(request, reply);
  if (answer === undefined || (!reading && !(answer instanceof JsonText))) return answer;
  const text = toText(answer);
  if (reply.statusCode === 201 && text.id !== null) {
    void reply.header('location', `${request.url.split('?')[0] ?? ''}/${text.id}`);
  }
  void reply.header('etag', text.etag);
  if (reading && isKnown(text.etag, request.headers['if-none-match'])) {
    void reply.status(304);
    return undefined;
  }
  void reply.header('content-type', JSON_TYPE);
  void reply.header('content-length', text.length);
  return text.body;
}
