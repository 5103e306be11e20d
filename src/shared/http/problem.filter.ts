import {
  Catch,
  HttpException,
  Logger,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { Prisma } from '../../generated/prisma/client.js';
import { isContention, isDatabaseAway } from '../database/prisma-errors.js';
import { isObject } from '../json.js';
import { routeOf } from './access-log.js';
import {
  InvalidInput,
  ProblemException,
  titleOf,
  type FieldProblem,
  type Problem,
  type ProblemExtras,
} from './problem.js';

interface Failure extends ProblemExtras {
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
const RETRY_AFTER_MS = 5_000;
const logger = new Logger('ProblemFilter');

/** Answers a request with a problem document. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, failure: Failure): void {
  const { status, retryAfterMs = RETRY_AFTER_MS } = failure;
  if (status === 503 || status === 429 || failure.retryAfterMs !== undefined) {
    void reply.header('retry-after', String(Math.max(1, Math.ceil(retryAfterMs / 1000))));
  }
  if (status === 401) void reply.header('www-authenticate', 'Bearer');
  void reply.status(status).header('content-type', 'application/problem+json; charset=utf-8');
  void reply.send(JSON.stringify(problemDocument(request, failure)));
}

/** The problem document for whatever was thrown while a request was answered. */
export function problemOfThrown(request: FastifyRequest, thrown: unknown): Problem {
  return problemDocument(request, failureOf(thrown, request));
}

/** Turns everything thrown while answering into a problem document. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    sendProblem(request, reply, failureOf(thrown, request));
  }
}

function problemDocument(
  request: FastifyRequest,
  { status, detail, errors, members }: Failure,
): Problem {
  return {
    type: 'about:blank',
    title: titleOf(status),
    status,
    detail,
    instance: pathOf(request),
    requestId: request.id,
    ...(errors && { errors }),
    ...members,
  };
}

function pathOf({ url }: FastifyRequest): string {
  return url.split('?')[0] ?? '/';
}

/** What Fastify refuses of a body before anybody looks at it. */
function refusalOfBody(error: unknown, { routeOptions }: FastifyRequest): Failure | null {
  switch (isObject(error) ? error.code : null) {
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return invalid(InvalidInput.field('', 'must not be empty'));
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return invalid(InvalidInput.field('', 'must be JSON'));
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return { status: 413, detail: `The body is larger than ${routeOptions.bodyLimit} bytes.` };
    default:
      return null;
  }
}

function invalid({ message, errors }: InvalidInput): Failure {
  return { status: 400, detail: message, errors };
}

function failureOf(thrown: unknown, request: FastifyRequest): Failure {
  if (thrown instanceof InvalidInput) return invalid(thrown);
  if (thrown instanceof ProblemException) {
    const { members, retryAfterMs } = thrown;
    return { status: thrown.getStatus(), detail: thrown.message, members, retryAfterMs };
  }
  if (thrown instanceof HttpException) {
    const refused = refusalOfBody(thrown.cause, request);
    if (refused) return refused;
    // Nest's own words repeat the query, which may hold anything.
    const detail = request.is404 ? `Cannot ${request.method} ${pathOf(request)}` : thrown.message;
    return { status: thrown.getStatus(), detail };
  }
  const said = { requestId: request.id };
  if (isDatabaseAway(thrown)) {
    logger.error(`${request.method} ${routeOf(request)}: the database cannot do this now`, said);
    return { status: 503, detail: 'The database cannot do this now; try again shortly.' };
  }
  if (isContention(thrown)) {
    const detail = 'Another request wrote the same rows, and came first; try again.';
    return { status: 503, detail, retryAfterMs: 1_000 };
  }
  if (thrown instanceof Prisma.PrismaClientKnownRequestError) {
    const known = PRISMA_FAILURES[thrown.code];
    if (known) return known;
  }
  logger.error(thrown instanceof Error ? thrown : String(thrown), said);
  return { status: 500, detail: 'The service failed; its log has the reason.' };
}
