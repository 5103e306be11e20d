import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

import { FastifyAdapter } from '@nestjs/platform-fastify';
import { fastify, type FastifyInstance } from 'fastify';

import { takeImports } from './deployments/import/import-body.js';
import { takeInvocations } from './deployments/invoke/invoke-body.js';
import { logAnswers, routeOf } from './shared/http/access-log.js';
import type { EarlyAnswer } from './shared/http/early-answer.js';
import { MERGE_PATCH } from './shared/http/merge-patch.js';
import { sendProblem } from './shared/http/problem.filter.js';
import { inContext } from './shared/logging/log-context.js';

const MAX_BODY_BYTES = 1_048_576;
/** Requests under way when the process stops get this long to end. */
const REQUEST_GRACE_MS = 7_000;
/** Ids of requests are counted: a random one would cost a kept answer a tenth of its time. */
const PROCESS = randomBytes(6).toString('hex');
let requests = 0;
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** Nest's adapter, without the middleware engine: there is no middleware to run. */
export class HttpAdapter extends FastifyAdapter {
  private closing: Promise<void> | undefined;

  override init(): Promise<void> {
    return Promise.resolve();
  }

  /** Nest would keep listening until its rooms have ended their work. */
  override beforeClose(): void {
    super.beforeClose();
    this.closing ??= super.close();
    this.closing.catch(() => undefined); // whoever awaits it is told
  }

  override async close(): Promise<void> {
    await (this.closing ?? super.close());
  }
}

/** Fastify as Nest finds it: ids of requests, media types, limits, and what is answered early. */
export class HttpServer {
  /** Asked before the hooks of Nest's adapter, which cost a kept answer a quarter of its time. */
  answerEarly: EarlyAnswer = () => false;
  /** Whether clients should leave: asked of every request. */
  isDraining = () => false;
  readonly fastify: FastifyInstance;

  /** @param addFirst adds the hooks that come before all others */
  constructor(logLevel: string, addFirst: (fastify: FastifyInstance) => void = () => undefined) {
    this.fastify = fastify({
      bodyLimit: MAX_BODY_BYTES,
      // What came over a connection that was open already is answered.
      return503OnClosing: false,
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
    addFirst(this.fastify);
    this.takeBodies();
    this.addHooks();
    logAnswers(this.fastify, logLevel);
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
      if (this.isDraining()) void reply.header('connection', 'close');
      if (!this.answerEarly(request, reply)) next();
    });
    // Not before the body is read: what a socket's events start is not the request's.
    fastify.addHook('preValidation', (request, _reply, next) => {
      const route = `${request.method} ${routeOf(request)}`;
      inContext({ requestId: request.id }, next, { route });
    });
    const connections = new Set<Socket>();
    fastify.server.on('connection', (socket) => {
      connections.add(socket);
      socket.once('close', () => connections.delete(socket));
    });
    fastify.addHook('preClose', (done) => {
      // One that never asked anything, which clients keep in reserve, counts as busy for a minute.
      for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
      // What takes longer than this is cut off: its client may ask another process.
      setTimeout(() => fastify.server.closeAllConnections(), REQUEST_GRACE_MS).unref();
      // A connection that is busy now would else live on, idle, and keep the server from closing.
      fastify.server.keepAliveTimeout = 1;
      done();
    });
  }
}
