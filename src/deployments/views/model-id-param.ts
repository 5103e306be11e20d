import { Param, type PipeTransform } from '@nestjs/common';

import { InvalidInput } from '../../shared/http/problem.js';

export const MAX_MODEL_ID = 2048;
export const MODEL_ID_PATTERN = /^[!-~]+$/;

const RULE = `must be printable ASCII without spaces, at most ${MAX_MODEL_ID} characters`;

/** The `:modelId` of a path: a base model's id or a provider's own; anything else is a 400. */
export function ModelIdParam(): ParameterDecorator {
  return Param('modelId', check);
}

const check: PipeTransform<string, string> = {
  transform(value) {
    if (value.length <= MAX_MODEL_ID && MODEL_ID_PATTERN.test(value)) return value;
    throw InvalidInput.field('/modelId', RULE);
  },
};
