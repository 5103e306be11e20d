import { Param, type PipeTransform } from '@nestjs/common';

import { UUID_PATTERN, UUID_RULE } from './fields.js';
import { InvalidInput } from './problem.js';

/** The `:id` (or `name`) of a path: a uuid, anything else is a 400. */
export function IdParam(name = 'id'): ParameterDecorator {
  const check: PipeTransform<string, string> = {
    transform(value) {
      if (UUID_PATTERN.test(value)) return value;
      throw InvalidInput.field(`/${name}`, UUID_RULE);
    },
  };
  return Param(name, check);
}
