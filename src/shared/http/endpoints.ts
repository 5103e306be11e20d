import { applyDecorators, HttpCode, type Type } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiExtraModels,
  ApiHeader,
  ApiNoContentResponse,
  ApiOperation,
  ApiResponse,
  getSchemaPath,
} from '@nestjs/swagger';

import { ApiProblems } from './api.js';
import { MERGE_PATCH } from './merge-patch.js';
import { PageOf } from './paging.js';

/** The words of the usual endpoints of a resource, for the OpenAPI document. */

const TEXT = { type: 'string' as const };
const ETAG = { ETag: { description: 'Entity tag of this answer.', required: true, schema: TEXT } };

/** A GET that answers 304 to a client that has the answer already. */
export function ApiAnswer(type: Type, description: string) {
  return applyDecorators(
    ApiResponse({ status: 200, type, description, headers: ETAG }),
    ApiResponse({
      status: 304,
      description: 'The answer is as `If-None-Match` says.',
      headers: ETAG,
    }),
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'ETag of the answer the client has.',
      schema: TEXT,
    }),
  );
}

export function Lists(item: Type, what: string, description?: string) {
  return applyDecorators(
    ApiOperation({ summary: `List ${what}`, ...(description && { description }) }),
    ApiAnswer(PageOf(item), `A page of ${what}.`),
    ApiProblems(400),
  );
}

export function Reads(type: Type, what: string) {
  return applyDecorators(
    ApiOperation({ summary: `Read a ${what}` }),
    ApiAnswer(type, `The ${what}.`),
    ApiProblems(400, 404),
  );
}

export function Creates(type: Type, what: string, description?: string) {
  return applyDecorators(
    HttpCode(201),
    ApiOperation({ summary: `Add a ${what}`, ...(description && { description }) }),
    ApiResponse({
      status: 201,
      type,
      description: `The ${what} as stored.`,
      headers: {
        ...ETAG,
        Location: { description: 'Where it can be read.', required: true, schema: TEXT },
      },
    }),
    ApiProblems(400, 409),
  );
}

export function Replaces(type: Type, what: string, description = '') {
  return applyDecorators(
    ApiOperation({
      summary: `Replace a ${what}`,
      description: `A field left out is emptied. ${description}`.trim(),
    }),
    Written(type, what),
  );
}

export function Patches(type: Type, patch: Type, what: string, description = '') {
  const schema = { $ref: getSchemaPath(patch) };
  return applyDecorators(
    ApiOperation({
      summary: `Change a ${what}`,
      description:
        `By a JSON merge patch (RFC 7396): a field left out stays, null empties it, objects merge ` +
        `in depth. ${description}`.trim(),
    }),
    ApiExtraModels(patch),
    ApiConsumes('application/json', MERGE_PATCH),
    ApiBody({ required: true, schema }),
    Written(type, what),
  );
}

export function Removes(what: string, description: string) {
  return applyDecorators(
    HttpCode(204),
    ApiOperation({ summary: `Remove a ${what}`, description }),
    ApiNoContentResponse({ description: 'It is gone.' }),
    IfMatchHeader(),
    ApiProblems(400, 404, 409, 412),
  );
}

/** A write that answers the row as stored. */
export function Written(type: Type, what: string) {
  return applyDecorators(
    ApiResponse({ status: 200, type, description: `The ${what} as stored.`, headers: ETAG }),
    IfMatchHeader(),
    ApiProblems(400, 404, 409, 412),
  );
}

function IfMatchHeader() {
  return ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'ETag the row had when it was read: the write is refused if it has another now.',
    schema: TEXT,
  });
}
