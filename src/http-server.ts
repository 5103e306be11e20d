import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

import { FastifyAdapter } from '@nestjs/platform-fastify';
import { fastify, type FastifyInstance } from 'fastify';

import { takeImports } from './deployments/import/import-body.js';
import { takeInvocations } from './deployments/invoke/invoke-body.js';
import { inRequest } from './shared/http/caller-context.js';
import type { EarlyAnswer } from './shared/http/early-answer.js';
import { MERGE_PATCH } from './shared/http/merge-patch.js';
import { sendProblem } from './shared/http/problem.filter.js';

const MAX_BODY_BYTES = 1_048_576;
/** Ids of requests are counted: a random one would cost a kept answer a tenth of its time. */
const PROCESS = randomBytes(6).toString('hex');
let requests = 0;
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** Nest's adapter, without the middleware engine: there is no middleware to run. */
export class HttpAdapter extends FastifyAdapter {
  override init(): Promise<void> {
    return Promise.resolve();
  }
}

/** Fastify as Nest finds it: ids of requests, media types, limits, and what is answered early. */
export class HttpServer {
  /** Asked before the hooks of Nest's adapter, which cost a kept answer a quarter of its time. */
  answerEarly: EarlyAnswer = () => false;
  readonly fastify: FastifyInstance;

  constructor() {
    this.fastify = fastify({
      bodyLimit: MAX_BODY_BYTES,
      // Longer than any id: whoever reads an id says how long it may be. Fastify's own limit is 100.
      routerOptions: { maxParamLength: 16_384 },
      genReqId: ({ headers }: IncomingMessage) => {
        const given = headers['x-request-id'];
        return typeof given === 'string' && REQUEST_ID.test(given)
          ? given
          : `${PROCESS}-${(++requests).toString(36)}`;
      },
      // What the router itself refuses: a path that cannot be decoded, an id that is too long.
      frameworkErrors: ({ message }, request, reply) => {
        void reply.header('x-request-id', request.id);
        sendProblem(request, reply, { status: 400, detail: `${message}.` });
      },
    });
    this.takeBodies();
    this.addHooks();
  }

  private takeBodies(): void {
    const { fastify } = this;
    fastify.removeContentTypeParser('text/plain');
    fastify.addContentTypeParser(
      MERGE_PATCH,
      { parseAs: 'string' },
      fastify.getDefaultJsonParser('error', 'error'),
    );
    takeImports(fastify);
    takeInvocations(fastify);
  }

  private addHooks(): void {
    const { fastify } = this;
    fastify.addHook('onRequest', (request, reply, next) => {
      void reply.header('x-request-id', request.id);
      if (!this.answerEarly(request, reply)) next();
    });
    // Once the body is read: what reads it forgets the context of the request.
    fastify.addHook('preHandler', (_request, _reply, next) => inRequest(next));
    const connections = new Set<Socket>();
    fastify.server.on('connection', (socket) => {
      connections.add(socket);
      socket.once('close', () => connections.delete(socket));
    });
    fastify.addHook('preClose', (done) => {
      // One that never asked anything, which clients keep in reserve, counts as busy for a minute.
      for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
      // A connection that is busy now would else live on, idle, and keep the server from closing.
      fastify.server.keepAliveTimeout = 1;
      done();
    });
  }
}
