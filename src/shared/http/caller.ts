import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

const callers = new WeakMap<FastifyRequest, string>();

/** Remembers who makes a request. */
export function setCaller(request: FastifyRequest, name: string): void {
  callers.set(request, name);
}

/** The name of the key the request came with. */
export const Caller = createParamDecorator(
  (_: unknown, context: ExecutionContext): string | null =>
    callers.get(context.switchToHttp().getRequest<FastifyRequest>()) ?? null,
);
