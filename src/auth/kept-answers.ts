import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { ModelCacheService } from '../shared/cache/model-cache.service.js';
import { sendJson } from '../shared/http/answer.interceptor.js';
import { JsonText } from '../shared/http/json-text.js';
import { bearerToken, type ApiKeyService } from './api-key.service.js';

/**
 * Answers what the cache holds before the request enters Nest, whose guards, pipes and interceptors
 * cost three times as much as the rest. Whatever is not held, and whoever has no valid key, goes on
 * to Nest. Only `Cached` endpoints are held, and any valid key may read those.
 */
export function answerFromCache(
  fastify: FastifyInstance,
  cache: ModelCacheService,
  keys: ApiKeyService,
): void {
  fastify.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
    if (request.method !== 'GET') return;
    const kept = await cache.peek(request.url);
    if (!(kept instanceof JsonText)) return;
    const token = bearerToken(request.headers.authorization);
    if (token === null || !(await keys.verify(token))) return;
    cache.counts.hits++;
    void reply.send(sendJson(kept, request, reply));
    return reply;
  });
}
