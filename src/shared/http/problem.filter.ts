import {
  Catch,
  HttpException,
  Logger,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { Prisma } from '../../generated/prisma/client.js';
import { isDatabaseAway } from '../database/prisma-errors.js';
import { InvalidInput, titleOf, type FieldProblem, type Problem } from './problem.js';

interface Failure {
  readonly status: number;
  readonly detail: string;
  readonly errors?: FieldProblem[];
}

/** The last resort for what no service foresaw: what Prisma's codes mean to a client. */
const PRISMA_FAILURES: Record<string, Failure> = {
  P2002: { status: 409, detail: 'It exists already.' },
  P2003: { status: 409, detail: 'It is in use, or names something that does not exist.' },
  P2025: { status: 404, detail: 'It does not exist.' },
};

/** Answers a request with a problem document. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, detail, errors }: Failure,
): void {
  const problem: Problem = {
    type: 'about:blank',
    title: titleOf(status),
    status,
    detail,
    instance: request.url.split('?')[0] ?? '/',
    requestId: request.id,
    ...(errors && { errors }),
  };
  if (status === 503 || status === 429) void reply.header('retry-after', '5');
  void reply.status(status).header('content-type', 'application/problem+json; charset=utf-8');
  void reply.send(JSON.stringify(problem));
}

/** Turns everything thrown while answering into a problem document. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    sendProblem(request, reply, this.failureOf(thrown, request));
  }

  private failureOf(thrown: unknown, request: FastifyRequest): Failure {
    if (thrown instanceof InvalidInput) {
      return { status: 400, detail: thrown.message, errors: thrown.errors };
    }
    if (thrown instanceof HttpException) {
      return { status: thrown.getStatus(), detail: thrown.message };
    }
    if (isDatabaseAway(thrown)) {
      this.logger.error(`${request.method} ${request.url}: the database does not answer`);
      return { status: 503, detail: 'The database does not answer; try again shortly.' };
    }
    if (thrown instanceof Prisma.PrismaClientKnownRequestError) {
      const known = PRISMA_FAILURES[thrown.code];
      if (known) return known;
    }
    this.logger.error(thrown instanceof Error ? thrown : String(thrown), { requestId: request.id });
    return { status: 500, detail: 'The service failed; its log has the reason.' };
  }
}
