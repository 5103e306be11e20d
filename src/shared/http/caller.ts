import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** Who makes a request. */
export interface RequestCaller {
  /** The name of the key, or the user's email address: written into what the request changes. */
  readonly name: string;
  /** Whose key it is; null: no user's. */
  readonly userId: string | null;
}

const callers = new WeakMap<FastifyRequest, RequestCaller>();

/** Remembers who makes a request. */
export function setCaller(request: FastifyRequest, caller: RequestCaller): void {
  callers.set(request, caller);
}

/** The name of whoever makes the request. */
export const Caller = createParamDecorator(
  (_: unknown, context: ExecutionContext): string | null => callerOf(context)?.name ?? null,
);

/** The id of the user who makes the request, or whose key it came with; null: no user's. */
export const CallingUser = createParamDecorator(
  (_: unknown, context: ExecutionContext): string | null => callerOf(context)?.userId ?? null,
);

function callerOf(context: ExecutionContext): RequestCaller | undefined {
  return callers.get(context.switchToHttp().getRequest<FastifyRequest>());
}
