import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

import { addToContext } from '../logging/log-context.js';

/** Who makes a request. */
export interface RequestCaller {
  /** The name of the key, or the user's email address: written into what the request changes. */
  readonly name: string;
  /** Whose key it is; null: no user's. */
  readonly userId: string | null;
  /** The API key the request came with; null: the access token of a session. */
  readonly keyId: string | null;
}

const callers = new WeakMap<FastifyRequest, RequestCaller>();

/** Remembers who makes a request; its log says it from now on. */
export function setCaller(request: FastifyRequest, caller: RequestCaller): void {
  callers.set(request, caller);
  const { name, userId, keyId } = caller;
  addToContext(userId === null ? {} : { userId }, { caller: name, ...(keyId && { keyId }) });
}

/** The id of the user who made a request; null: no user did, or nobody knows yet. */
export function userOf(request: FastifyRequest): string | null {
  return callers.get(request)?.userId ?? null;
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
