import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';

import { describeApi } from './api-document.js';
import { AppModule } from './app.module.js';
import { CallerService } from './auth/caller.service.js';
import { answersFromCache } from './auth/kept-answers.js';
import { HttpAdapter, HttpServer } from './http-server.js';
import { ModelCacheService } from './shared/cache/model-cache.service.js';
import type { Config } from './shared/config.js';
import { Draining } from './shared/draining.js';
import { ProblemFilter } from './shared/http/problem.filter.js';
import { InputPipe } from './shared/http/validation.pipe.js';
import { traceRequests } from './shared/tracing/traced-requests.js';
import { PinoLogger } from './shared/logger.js';

/** Builds the application as it runs in production and in tests; it does not listen yet. */
export async function createApp(
  config: Config,
  options: { preview?: boolean } = {},
): Promise<NestFastifyApplication> {
  const server = new HttpServer(config.tracing ? traceRequests : undefined);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.for(config),
    new HttpAdapter(server.fastify),
    {
      ...options,
      logger: new PinoLogger(config.logLevel),
      abortOnError: false,
      bodyParser: false, // Fastify's own suffices; Nest's would take forms, too
    },
  );
  if (!options.preview) {
    const draining = app.get(Draining);
    server.isDraining = () => draining.isBegun;
  }
  app.useGlobalPipes(new InputPipe());
  app.useGlobalFilters(new ProblemFilter());
  if (config.role !== 'worker') {
    if (!options.preview) {
      server.answerEarly = answersFromCache(app.get(ModelCacheService), app.get(CallerService));
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
