import {
  createParamDecorator,
  UnsupportedMediaTypeException,
  type ExecutionContext,
} from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';

import { MAX_LINES_BYTES, readRows, tooLarge } from './row-reader.js';

export const IMPORT_PATH = 'api/v2/models/import';
/** Media type of JSON values, one a line. */
export const NDJSON = 'application/x-ndjson';
/** The largest JSON array: it is read as a whole. */
const MAX_ARRAY_BYTES = 8 * 1024 * 1024;

/** Lets the import, and nothing else, have bodies of lines and larger ones of JSON. */
export function takeImports(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    if (route.url === `/${IMPORT_PATH}`) route.bodyLimit = MAX_ARRAY_BYTES;
  });
  fastify.addContentTypeParser(NDJSON, (request, payload, done) => {
    if (request.routeOptions.url !== `/${IMPORT_PATH}`) {
      done(new UnsupportedMediaTypeException(`Only /${IMPORT_PATH} takes ${NDJSON}.`));
    } else if (Number(request.headers['content-length'] ?? 0) > MAX_LINES_BYTES) {
      done(tooLarge());
    } else {
      done(null, payload);
    }
  });
}

/** The rows of the body, read while they are asked for. */
export const Rows = createParamDecorator((_: unknown, context: ExecutionContext) =>
  readRows(context.switchToHttp().getRequest<FastifyRequest>().body),
);
