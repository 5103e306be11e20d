import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';

import type { Role } from '../../generated/prisma/client.js';
import { ApiProblems } from './api.js';

/** Metadata key of the lowest role an endpoint is open to. */
export const LOWEST_ROLE = 'lowestRole';

/** Opens an endpoint to a role and those above it. Without it (or `Open`) nobody gets in. */
export function AtLeast(role: Role) {
  return applyDecorators(
    SetMetadata(LOWEST_ROLE, role),
    ApiBearerAuth(),
    ApiProblems(401, ...(role === 'VIEWER' ? [] : [403])),
  );
}

/** Opens an endpoint to everybody. */
export function Open() {
  return SetMetadata(LOWEST_ROLE, 'OPEN');
}
