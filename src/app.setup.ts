import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';

import { describeApi } from './api-document.js';
import { AppModule } from './app.module.js';
import { CallerService } from './auth/caller.service.js';
import { answersFromCache } from './auth/kept-answers.js';
import { HttpAdapter, HttpServer } from './http-server.js';
import { LogRecorder } from './logs/log-recorder.js';
import { ModelCacheService } from './shared/cache/model-cache.service.js';
import type { Config } from './shared/config.js';
import { Draining } from './shared/draining.js';
import { ProblemFilter } from './shared/http/problem.filter.js';
import { InputPipe } from './shared/http/validation.pipe.js';
import { PinoLogger } from './shared/logging/logger.js';
import { rememberSettings } from './shared/secrets/hide-secrets.js';
import { traceRequests } from './shared/tracing/traced-requests.js';

/** Builds the application as it runs in production and in tests; it does not listen yet. */
export async function createApp(
  config: Config,
  options: { preview?: boolean } = {},
): Promise<NestFastifyApplication> {
  rememberSettings(config.secrets);
  const server = new HttpServer(config.logLevel, config.tracing ? traceRequests : undefined);
  const logger = new PinoLogger(config.logLevel);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.for(config),
    new HttpAdapter(server.fastify),
    {
      ...options,
      logger,
      abortOnError: false,
      bodyParser: false, // Fastify's own suffices; Nest's would take forms, too
    },
  );
  if (!options.preview) {
    const recorder = app.get(LogRecorder);
    logger.onLine = (line) => recorder.note(line);
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
