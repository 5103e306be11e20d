import { Prisma } from '../../generated/prisma/client.js';
import { jsonObject, type Catalogued, type Listing } from '../../shared/database/listing.js';
import type { UserDto } from './user.dto.js';

const TIMES = ['createdAt', 'updatedAt'] as const;
const FIELDS = ['id', 'email', 'name', ...TIMES] as const satisfies readonly (keyof UserDto)[];

export const USER_SORTS = ['email', 'createdAt'] as const;

/** How a user is read and answered: a `UserDto`, built by the database. */
export const USERS: Catalogued = {
  entity: 'user',
  from: Prisma.raw('users u'),
  id: Prisma.raw('u.id'),
  json: jsonObject('u', FIELDS, TIMES, { role: Prisma.sql`lower(u.role::text)` }),
  sorts: {
    email: { column: Prisma.raw('u.email'), type: 'text' },
    createdAt: { column: Prisma.raw('u."createdAt"'), type: 'timestamp' },
  } satisfies Record<(typeof USER_SORTS)[number], Listing['sorts'][string]>,
};
