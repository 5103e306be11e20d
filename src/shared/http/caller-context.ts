import { AsyncLocalStorage } from 'node:async_hooks';
import { hash } from 'node:crypto';

import { ForbiddenException } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

import { addToContext } from '../logging/log-context.js';

/** The providers that a confined caller may see and use; there may be none. */
export class Confinement {
  /** The same for the same providers: what is kept for one caller is good for all of these. */
  readonly key: string;

  /** @param ids of the providers */
  constructor(readonly ids: readonly string[]) {
    this.key = hash('sha1', ids.toSorted().join(' '), 'base64url');
  }
}

/** Who makes a request. */
export interface RequestCaller {
  /** The name of the key, or the user's email address: written into what the request changes. */
  readonly name: string;
  /** Whose key it is; null: no user's. */
  readonly userId: string | null;
  /** The API key the request came with; null: the access token of a session. */
  readonly keyId: string | null;
  /** Null: all providers may be seen and used. */
  readonly confinement: Confinement | null;
}

/** The caller is not known before the guard has let the request in. */
interface RequestContext {
  caller: RequestCaller | null;
}

const contexts = new AsyncLocalStorage<RequestContext>();
const NOTHING = new Confinement([]);
/** For what is told of a request once its context is left. */
const callers = new WeakMap<FastifyRequest, RequestCaller>();

/** Answers a request in a context of its own, which all that is done for it shares. */
export function inRequest(answer: () => void): void {
  contexts.run({ caller: null }, answer);
}

/**
 * Says who makes the request; its log says it from now on.
 * @throws Error outside of a request: nothing would be confined
 */
export function setCaller(request: FastifyRequest, caller: RequestCaller): void {
  const context = contexts.getStore();
  if (!context) throw new Error('There is no request that the caller could make.');
  context.caller = caller;
  callers.set(request, caller);
  const { name, userId, keyId } = caller;
  addToContext(userId === null ? {} : { userId }, { caller: name, ...(keyId && { keyId }) });
}

/** The id of the user who made a request; null: no user did, or nobody knows yet. */
export function userOf(request: FastifyRequest): string | null {
  return callers.get(request)?.userId ?? null;
}

/** Who makes the request; null when that is not known, and for what the service does by itself. */
export function currentCaller(): RequestCaller | null {
  return contexts.getStore()?.caller ?? null;
}

/**
 * What whoever asks is confined to; null: to nothing, as is what the service does by itself. A
 * request whose caller is not known may use no provider.
 */
export function currentConfinement(): Confinement | null {
  const context = contexts.getStore();
  if (!context) return null;
  return context.caller ? context.caller.confinement : NOTHING;
}

/** @throws ForbiddenException for a confined caller, because what is asked for concerns all providers */
export function refuseConfined(): void {
  if (!currentConfinement()) return;
  throw new ForbiddenException('This concerns all providers, and you are confined to some.');
}

/** Under which key an answer is kept: a confined caller's is good for those confined alike. */
export function keptUnder(url: string, confinement: Confinement | null): string {
  return confinement ? `${confinement.key} ${url}` : url;
}
