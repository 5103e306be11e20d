import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/**
 * A parameter that is a header of the request, undefined when it has none. Nest's own decorator
 * would also write it into the document, where an endpoint describes it already.
 * @param name in lower case
 */
export function requestHeader(name: string) {
  return createParamDecorator((_: unknown, context: ExecutionContext): string | undefined => {
    const given = context.switchToHttp().getRequest<FastifyRequest>().headers[name];
    // Node itself joins a header that comes twice; only set-cookie is a list.
    return typeof given === 'string' ? given : undefined;
  });
}
