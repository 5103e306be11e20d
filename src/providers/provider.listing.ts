import { Prisma } from '../generated/prisma/client.js';
import { jsonObject, type Catalogued, type Listing } from '../shared/database/listing.js';
import type { ProviderDto } from './provider.dto.js';

const FIELDS = [
  'id',
  'name',
  'slug',
  'baseUrl',
  'authType',
  'isActive',
  'createdAt',
  'updatedAt',
] as const satisfies readonly (keyof ProviderDto)[];

export const PROVIDER_SORTS = ['name', 'slug', 'createdAt', 'updatedAt'] as const;

/** A provider as JSON. @param more fields after its own */
export function providerJson(more: Readonly<Record<string, Prisma.Sql>> = {}): Prisma.Sql {
  return jsonObject('p', FIELDS, ['createdAt', 'updatedAt'], more);
}

/** How a provider is read and answered: a `ProviderDto`, built by the database. */
export const PROVIDERS: Catalogued = {
  entity: 'provider',
  from: Prisma.raw('providers p'),
  id: Prisma.raw('p.id'),
  json: providerJson(),
  provider: Prisma.raw('p.id'),
  sorts: {
    name: { column: Prisma.raw('p.name'), type: 'text' },
    slug: { column: Prisma.raw('p.slug'), type: 'text' },
    createdAt: { column: Prisma.raw('p."createdAt"'), type: 'timestamp' },
    updatedAt: { column: Prisma.raw('p."updatedAt"'), type: 'timestamp' },
  } satisfies Record<(typeof PROVIDER_SORTS)[number], Listing['sorts'][string]>,
};
