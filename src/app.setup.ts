import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';

import { describeApi } from './api-document.js';
import { AppModule } from './app.module.js';
import { CallerLimits } from './auth/caller-limits.js';
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
  const server = new HttpServer(config, config.tracing ? traceRequests : undefined);
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
  if (config.corsOrigins.length > 0) app.enableCors(corsOf(config.corsOrigins));
  if (config.role !== 'worker') {
    if (!options.preview) {
      server.answerEarly = answersFromCache(
        app.get(ModelCacheService),
        app.get(CallerService),
        app.get(CallerLimits),
      );
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

/** What a page of another origin may do: all that its user's key may, and read the headers it needs. */
function corsOf(origins: readonly string[]) {
  const origin = [...origins];
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
  const exposedHeaders = ['ETag', 'Location', 'Retry-After', 'X-Request-Id'];
  exposedHeaders.push('RateLimit', 'RateLimit-Policy');
  return { origin, methods, exposedHeaders, maxAge: 3_600 };
}
