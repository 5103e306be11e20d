import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';

import { titleOf } from './problem.js';

/**
 * Documents the problems an endpoint may answer with, by status. Those of every endpoint with a
 * body, or with a key, are added to the document without it.
 */
export function ApiProblems(...statuses: number[]) {
  return applyDecorators(
    ...statuses.map((status) => ApiResponse({ status, description: titleOf(status) })),
  );
}
