import {
  createParamDecorator,
  PreconditionFailedException,
  type ExecutionContext,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

import { matches, type JsonText } from './json-text.js';

/** The `If-Match` header: the write is meant for a row as the client saw it. */
export const IfMatch = createParamDecorator(
  (_: unknown, context: ExecutionContext): string | undefined =>
    context.switchToHttp().getRequest<FastifyRequest>().headers['if-match'],
);

/** @throws PreconditionFailedException when the row is not as the client saw it */
export function checkIfMatch(ifMatch: string | undefined, current: JsonText): void {
  if (ifMatch === undefined || matches(ifMatch, current.etag, false)) return;
  throw new PreconditionFailedException(
    'It was changed since it was read (If-Match); read it again.',
  );
}
