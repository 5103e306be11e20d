import { applyDecorators, HttpCode, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';

import { Problem, titleOf } from './problem.js';

/** Documents the problems an endpoint may answer with, by status. */
export function ApiProblems(...statuses: number[]) {
  return applyDecorators(
    ApiExtraModels(Problem),
    ...statuses.map((status) =>
      ApiResponse({
        status,
        description: titleOf(status),
        content: { 'application/problem+json': { schema: { $ref: getSchemaPath(Problem) } } },
      }),
    ),
  );
}

/** A 201 with `Location`. */
export function ApiCreated(type: Type, what: string) {
  return applyDecorators(
    HttpCode(201),
    ApiResponse({
      status: 201,
      type,
      description: `The ${what} as stored.`,
      headers: { Location: { description: 'Where it can be read.', schema: { type: 'string' } } },
    }),
  );
}
