import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

import { isObject, objectOrNull, type JsonObject } from '../json.js';
import { InvalidInput } from './problem.js';
import { checkStorable } from './validation.pipe.js';

/** Media type of a merge patch; plain JSON is taken as well. */
export const MERGE_PATCH = 'application/merge-patch+json';

/** The body of a PATCH, a JSON merge patch. Validated once it is merged: see `mergePatch`. */
export const MergePatch = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const { body } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!isObject(body)) throw InvalidInput.field('', 'must be a JSON object');
  checkStorable(body);
  return body;
});

/** What becomes of an object by a merge patch (RFC 7396): null removes, objects merge in depth. */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged: Record<string, unknown> = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else if (isObject(value)) merged[key] = mergePatch(objectOrNull(merged[key]) ?? {}, value);
    else merged[key] = value;
  }
  return merged;
}
