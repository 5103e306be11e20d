import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { describeApi } from './api-document.js';
import { AppModule } from './app.module.js';
import { ApiKeyService } from './auth/api-key.service.js';
import { answerFromCache } from './auth/kept-answers.js';
import { ModelCacheService } from './shared/cache/model-cache.service.js';
import { takeImports } from './deployments/import/import-body.js';
import type { Config } from './shared/config.js';
import { MERGE_PATCH } from './shared/http/merge-patch.js';
import { ProblemFilter, sendProblem } from './shared/http/problem.filter.js';
import { InputPipe } from './shared/http/validation.pipe.js';
import { PinoLogger } from './shared/logger.js';

const MAX_BODY_BYTES = 1_048_576;
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** Builds the application as it runs in production and in tests; it does not listen yet. */
export async function createApp(
  config: Config,
  options: { preview?: boolean } = {},
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: MAX_BODY_BYTES,
    skipMiddie: true, // there is no middleware to run
    // Longer than any id: whoever reads an id says how long it may be. Fastify's own limit is 100.
    routerOptions: { maxParamLength: 16_384 },
    genReqId: ({ headers }: IncomingMessage) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    },
    // What the router itself refuses: a path that cannot be decoded, an id that is too long.
    frameworkErrors: ({ message }: Error, request: FastifyRequest, reply: FastifyReply) => {
      void reply.header('x-request-id', request.id);
      sendProblem(request, reply, { status: 400, detail: `${message}.` });
    },
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.for(config), adapter, {
    ...options,
    logger: new PinoLogger(config.logLevel),
    abortOnError: false,
    bodyParser: false, // Fastify's own suffices; Nest's would take forms, too
  });
  const fastify = adapter.getInstance();
  fastify.removeContentTypeParser('text/plain');
  fastify.addContentTypeParser(
    MERGE_PATCH,
    { parseAs: 'string' },
    fastify.getDefaultJsonParser('error', 'error'),
  );
  takeImports(fastify);
  fastify.addHook('onRequest', (request, reply, next) => {
    void reply.header('x-request-id', request.id);
    next();
  });
  fastify.addHook('preClose', (done) => {
    // A connection that is busy now would else live on, idle, and keep the server from closing.
    fastify.server.keepAliveTimeout = 1;
    done();
  });
  app.useGlobalPipes(new InputPipe());
  app.useGlobalFilters(new ProblemFilter());
  if (config.role !== 'worker') {
    if (!options.preview) {
      answerFromCache(fastify, app.get(ModelCacheService), app.get(ApiKeyService));
    }
    SwaggerModule.setup('docs', app, () => describeApi(app), {
      jsonDocumentUrl: 'openapi.json',
      raw: ['json'],
      customSiteTitle: 'model-catalog',
      swaggerOptions: { persistAuthorization: true },
    });
  }
  return app;
}
