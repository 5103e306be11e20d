import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension } from '@nestjs/swagger';

import type { Role } from '../../generated/prisma/client.js';
import { ApiProblems } from './api.js';

/** Metadata key of the lowest role an endpoint is open to. */
export const LOWEST_ROLE = 'lowestRole';

/** Who an endpoint is open to: a role and those above it, or everybody. */
export type LowestRole = Role | 'OPEN';

/** Where the OpenAPI document says it: `viewer`, `operator`, `admin` or `none`. */
export const REQUIRED_ROLE = 'x-required-role';

/** Opens an endpoint to a role and those above it. Without it (or `Open`) nobody gets in. */
export function AtLeast(role: Role) {
  return applyDecorators(
    SetMetadata(LOWEST_ROLE, role satisfies LowestRole),
    ApiExtension(REQUIRED_ROLE, role.toLowerCase()),
    ApiBearerAuth(),
    ...(role === 'VIEWER' ? [] : [ApiProblems(403)]),
  );
}

/** Opens an endpoint to everybody. */
export function Open() {
  return applyDecorators(
    SetMetadata(LOWEST_ROLE, 'OPEN' satisfies LowestRole),
    ApiExtension(REQUIRED_ROLE, 'none'),
  );
}
