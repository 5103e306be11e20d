import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';

import { etagOf, isKnown } from './json-text.js';

/** The pages of the documentation, which Swagger serves, not a controller. */
const PAGES = /^\/(docs|openapi\.json)/;

/** Gives the pages of the documentation an ETag, and 304 to a client that has them already. */
export function tagPages(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route: RouteOptions) => {
    if (PAGES.test(route.url)) route.onSend = [tag, route.onSend ?? []].flat();
  });
}

type Send = (error: null, payload?: unknown) => void;

function tag(request: FastifyRequest, reply: FastifyReply, payload: unknown, send: Send): void {
  if (typeof payload !== 'string' || reply.statusCode !== 200) return send(null, payload);
  const etag = etagOf(payload);
  void reply.header('etag', etag);
  if (!isKnown(etag, request.headers['if-none-match'])) return send(null, payload);
  void reply.status(304).removeHeader('content-type').removeHeader('content-length');
  // What follows for a HEAD measures the page, and takes it away.
  send(null, request.method === 'HEAD' ? '' : null);
}
