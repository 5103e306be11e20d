import { Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';

import { userOf } from './caller-context.js';

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);
const logger = new Logger('Http');

/**
 * One line for each request: what changes something at the level `info`, what reads at `debug`, so
 * that reads do without where nobody wants to know. Only the template of the path is said: a query
 * or an unknown path may hold anything.
 */
export function logAnswers(fastify: FastifyInstance, level: string): void {
  const withReads = level === 'debug' || level === 'trace';
  if (!withReads && level !== 'info') return;
  fastify.addHook('onRoute', (route: RouteOptions) => {
    const reads = [route.method].flat().every((method) => READING.has(method));
    if (reads && !withReads) return;
    route.onResponse = [route.onResponse ?? [], reads ? logRead : logWrite].flat();
  });
}

/** The template of the path of a request; empty for one that no route takes. */
export function routeOf({ routeOptions }: FastifyRequest): string {
  return routeOptions.url ?? '';
}

function logRead(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  logger.debug(...lineOf(request, reply));
  done();
}

function logWrite(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  logger.log(...lineOf(request, reply));
  done();
}

function lineOf(request: FastifyRequest, reply: FastifyReply): [string, object] {
  const { id: requestId, method } = request;
  const { statusCode: status, elapsedTime } = reply;
  const route = routeOf(request);
  const userId = userOf(request);
  const ms = Math.round(elapsedTime * 10) / 10;
  const fields = { requestId, ...(userId !== null && { userId }), method, route, status, ms };
  return [`${method} ${route} ${String(status)}`, fields];
}
