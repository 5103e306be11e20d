import type { FastifyInstance } from 'fastify';

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
  fastify.addHook('onRequest', (request, reply, next) => {
    const kept = request.method === 'GET' ? cache.peek(request.url, JsonText) : undefined;
    const token = kept && bearerToken(request.headers.authorization);
    if (!token || !keys.isKnown(token)) {
      next();
      return;
    }
    cache.counts.hits++;
    void reply.send(sendJson(kept, request, reply));
  });
}
