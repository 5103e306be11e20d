import { Prisma } from '../generated/prisma/client.js';
import { jsonObject, type Catalogued, type Listing } from '../shared/database/listing.js';
import type { BaseModelDto } from './base-model.dto.js';

const FIELDS = [
  'id',
  'name',
  'vendor',
  'family',
  'version',
  'capabilities',
  'defaultParams',
  'description',
  'releaseDate',
  'deprecated',
  'replacedBy',
  'createdAt',
  'updatedAt',
] as const satisfies readonly (keyof BaseModelDto)[];

export const MODEL_SORTS = ['name', 'vendor', 'createdAt', 'updatedAt'] as const;

/** How a base model is read and answered: a `BaseModelDto`, built by the database. */
export const BASE_MODELS: Catalogued = {
  entity: 'model',
  from: Prisma.raw('base_models m'),
  id: Prisma.raw('m.id'),
  json: jsonObject('m', FIELDS, ['releaseDate', 'createdAt', 'updatedAt']),
  sorts: {
    name: { column: Prisma.raw('m.name'), type: 'text' },
    vendor: { column: Prisma.raw('m.vendor'), type: 'text' },
    createdAt: { column: Prisma.raw('m."createdAt"'), type: 'timestamp' },
    updatedAt: { column: Prisma.raw('m."updatedAt"'), type: 'timestamp' },
  } satisfies Record<(typeof MODEL_SORTS)[number], Listing['sorts'][string]>,
};
