import { Prisma } from '../../generated/prisma/client.js';
import { jsonObject, type Catalogued, type Listing } from '../../shared/database/listing.js';
import type { ApiKeyDto } from './api-key.dto.js';

const TIMES = ['createdAt', 'expiresAt', 'revokedAt', 'lastUsedAt'] as const;
const FIELDS = [
  'id',
  'name',
  'prefix',
  'userId',
  'createdBy',
  ...TIMES,
] as const satisfies readonly (keyof ApiKeyDto)[];

export const API_KEY_SORTS = ['name', 'createdAt'] as const;

/** How an API key is read and answered: an `ApiKeyDto`, built by the database. */
export const API_KEYS: Catalogued = {
  entity: 'API key',
  from: Prisma.raw('api_keys k'),
  id: Prisma.raw('k.id'),
  json: jsonObject('k', FIELDS, TIMES, { role: Prisma.sql`lower(k.role::text)` }),
  sorts: {
    name: { column: Prisma.raw('k.name'), type: 'text' },
    createdAt: { column: Prisma.raw('k."createdAt"'), type: 'timestamp' },
  } satisfies Record<(typeof API_KEY_SORTS)[number], Listing['sorts'][string]>,
};
