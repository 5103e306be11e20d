import { createParamDecorator } from '@nestjs/common';

import { currentCaller } from './caller-context.js';

/** The name of whoever makes the request. */
export const CallerName = createParamDecorator((): string | null => currentCaller()?.name ?? null);

/** The id of the user who makes the request, or whose key it came with; null: no user's. */
export const CallingUser = createParamDecorator(
  (): string | null => currentCaller()?.userId ?? null,
);
