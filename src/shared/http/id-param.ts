import { Param, ParseUUIDPipe } from '@nestjs/common';

import { InvalidInput } from './problem.js';

/** The `:id` (or `name`) of a path: a uuid, anything else is a 400. */
export function IdParam(name = 'id'): ParameterDecorator {
  return Param(
    name,
    new ParseUUIDPipe({ exceptionFactory: () => InvalidInput.field(`/${name}`, 'must be a uuid') }),
  );
}
