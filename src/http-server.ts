import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

import { FastifyAdapter } from '@nestjs/platform-fastify';
import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import { fastify, type FastifyInstance, type FastifyRequest } from 'fastify';

import { takeImports } from './deployments/import/import-body.js';
import { MAX_CALL_MS } from './deployments/invoke/call-time.js';
import { takeInvocations } from './deployments/invoke/invoke-body.js';
import type { Config } from './shared/config.js';
import { logAnswers, routeOf } from './shared/http/access-log.js';
import { inRequest } from './shared/http/caller-context.js';
import { answerClientError } from './shared/http/client-error.js';
import type { EarlyAnswer } from './shared/http/early-answer.js';
import { MERGE_PATCH } from './shared/http/merge-patch.js';
import { sendProblem } from './shared/http/problem.filter.js';
import { tagPages } from './shared/http/tagged-pages.js';
import { inContext } from './shared/logging/log-context.js';

const MAX_BODY_BYTES = 1_048_576;
/** Of the request line with the path, and all headers. */
const MAX_HEADER_BYTES = 16_384;
/** How long the headers may take; they fit into a few packets. */
const HEADERS_SECONDS = 15;
/** How long a connection waits for its next request: longer than balancers keep theirs, 60 s. */
const KEEP_ALIVE_MS = 65_000;
/** A provider may say nothing for as long as its limit; then nothing moves on the connection. */
const IDLE_SECONDS = 120;
/** Requests under way when the process stops get this long to end. */
const REQUEST_GRACE_MS = 7_000;
/** Ids of requests are counted: a random one would cost a kept answer a tenth of its time. */
const PROCESS = randomBytes(6).toString('hex');
let requests = 0;
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** The page of the documentation is of this origin, but for styles and pictures within it. */
const HELMET: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    directives: {
      styleSrc: ["'self'", "'unsafe-inline'"],
      fontSrc: ["'self'"],
      // Where it is served without TLS, the page could load nothing.
      upgradeInsecureRequests: null,
    },
  },
};

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

type HttpSettings = Pick<
  Config,
  'corsOrigins' | 'logLevel' | 'providerTimeoutSeconds' | 'requestTimeoutSeconds' | 'trustProxy'
>;

/** Fastify as Nest finds it: ids of requests, media types, limits, and what is answered early. */
export class HttpServer {
  /** Asked before the hooks of Nest's adapter, which cost a kept answer a quarter of its time. */
  answerEarly: EarlyAnswer = () => false;
  /** Whether clients should leave: asked of every request. */
  isDraining = () => false;
  readonly fastify: FastifyInstance;

  /** @param addFirst adds the hooks that come before all others */
  constructor(
    private readonly config: HttpSettings,
    addFirst: (fastify: FastifyInstance) => void = () => undefined,
  ) {
    const { requestTimeoutSeconds: seconds, providerTimeoutSeconds, trustProxy } = config;
    this.fastify = fastify({
      bodyLimit: MAX_BODY_BYTES,
      // What came over a connection that was open already is answered.
      return503OnClosing: false,
      trustProxy: typeof trustProxy === 'number' ? (_address, hop) => hop < trustProxy : trustProxy,
      requestTimeout: seconds * 1000,
      connectionTimeout: IDLE_SECONDS * 1000 + Math.max(providerTimeoutSeconds * 1000, MAX_CALL_MS),
      keepAliveTimeout: KEEP_ALIVE_MS,
      http: {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: Math.min(HEADERS_SECONDS, seconds) * 1000,
        connectionsCheckingInterval: Math.min(5, seconds / 2) * 1000,
      },
      clientErrorHandler: answerClientError,
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
    tagPages(this.fastify);
    logAnswers(this.fastify, config.logLevel);
    // Last: what is answered early does without, as its hooks take longer than such an answer.
    void this.fastify.register(helmet, HELMET);
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
    const { fastify, config } = this;
    // What another origin may read is said by a later hook.
    const isCrossOrigin = ({ headers }: FastifyRequest) =>
      headers.origin !== undefined && config.corsOrigins.length > 0;
    fastify.addHook('onRequest', (request, reply, next) => {
      const draining = this.isDraining();
      if (!draining && !isCrossOrigin(request) && this.answerEarly(request, reply)) return;
      void reply.header('x-request-id', request.id);
      if (draining) void reply.header('connection', 'close');
      next();
    });
    // Not before the body is read: what a socket's events start is not the request's.
    fastify.addHook('preValidation', (request, _reply, next) => {
      const route = `${request.method} ${routeOf(request)}`;
      inContext({ requestId: request.id }, () => inRequest(next), { route });
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
