import type { Socket } from 'node:net';

import type { FastifyReply, FastifyRequest } from 'fastify';

import type { ModelCacheService } from '../shared/cache/model-cache.service.js';
import { keptUnder } from '../shared/http/caller-context.js';
import { isKnown, JSON_TYPE, JsonText } from '../shared/http/json-text.js';
import type { EarlyAnswer } from '../shared/http/early-answer.js';
import type { CallerLimits } from './caller-limits.js';
import type { CallerService } from './caller.service.js';
import { bearerToken, hashOf } from './tokens.js';

/** Who spoke last over a connection; hashing a key takes as long as finding the answer. */
interface Spoken {
  readonly authorization: string;
  readonly hash: string;
}

/**
 * Answers what the cache holds before the request enters Nest, whose guards, pipes and interceptors
 * cost three times as much as the rest. Whatever is not held, and whoever has no valid key, goes on
 * to Nest. Only `Cached` endpoints are held, and any valid key may read those; a confined caller
 * is answered what was kept for those confined alike.
 */
export function answersFromCache(
  cache: ModelCacheService,
  knownCallers: CallerService,
  limits: CallerLimits,
): EarlyAnswer {
  const callers = new WeakMap<Socket, Spoken>();
  const keyOf = ({ socket, headers: { authorization } }: FastifyRequest): string | null => {
    const caller = callers.get(socket);
    if (caller && caller.authorization === authorization) return caller.hash;
    const token = bearerToken(authorization);
    if (token === null || authorization === undefined) return null;
    const hash = hashOf(token);
    callers.set(socket, { authorization, hash });
    return hash;
  };
  return (request, reply) => {
    const key = request.method === 'GET' ? keyOf(request) : null;
    const caller = key === null ? null : knownCallers.known(key);
    const kept = caller && cache.peek(keptUnder(request.url, caller.confinement), JsonText);
    // Whoever is over their limit is told so by the guard.
    if (!kept || !limits.take(caller)) return false;
    cache.counts.hits++;
    send(kept, request, reply);
    return true;
  };
}

/**
 * Past Fastify's reply, whose checks and hooks take longer than finding the answer. It is JSON and
 * nothing else: the other headers of helmet are for pages, and each costs time.
 */
function send(kept: JsonText, { id, headers }: FastifyRequest, reply: FastifyReply): void {
  const said = ['x-request-id', id, 'x-content-type-options', 'nosniff', 'etag', kept.etag];
  const { raw } = reply.hijack();
  if (isKnown(kept.etag, headers['if-none-match'])) {
    raw.writeHead(304, said).end();
  } else {
    said.push('content-type', JSON_TYPE, 'content-length', String(kept.length));
    raw.writeHead(200, said).end(kept.body);
  }
}
