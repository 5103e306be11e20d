import { Prisma } from '../generated/prisma/client.js';
import { jsonObject, type Catalogued, type Listing } from '../shared/database/listing.js';
import { GLOBAL_REGION } from '../shared/region.js';
import type { DeploymentDto } from './deployment.dto.js';
import { STANDS } from './standing.js';

const FIELDS = [
  'id',
  'baseModelId',
  'providerId',
  'deploymentId',
  'inferenceType',
  'providerConfig',
  'regions',
  'costPer1MInput',
  'costPer1MOutput',
  'costPerHour',
  'rpmLimit',
  'tpmLimit',
  'customParams',
  'isActive',
  'capabilitiesVerifiedAt',
  'capabilitiesSource',
  'createdAt',
  'updatedAt',
] as const satisfies readonly (keyof DeploymentDto)[];

export const DEPLOYMENT_SORTS = [
  'deploymentId',
  'costPer1MInput',
  'costPer1MOutput',
  'createdAt',
  'updatedAt',
] as const;

/** A deployment as JSON. @param more fields after its own */
export function deploymentJson(more: Readonly<Record<string, Prisma.Sql>> = {}): Prisma.Sql {
  return jsonObject('d', FIELDS, ['capabilitiesVerifiedAt', 'createdAt', 'updatedAt'], more);
}

/** How a deployment is read and answered: a `DeploymentDto`, built by the database. */
export const DEPLOYMENTS: Catalogued = {
  entity: 'deployment',
  from: Prisma.raw('model_deployments d'),
  id: Prisma.raw('d.id'),
  json: deploymentJson(),
  provider: Prisma.raw('d."providerId"'),
  sorts: {
    deploymentId: { column: Prisma.raw('d."deploymentId"'), type: 'text' },
    costPer1MInput: { column: Prisma.raw('d."costPer1MInput"'), type: 'number' },
    costPer1MOutput: { column: Prisma.raw('d."costPer1MOutput"'), type: 'number' },
    createdAt: { column: Prisma.raw('d."createdAt"'), type: 'timestamp' },
    updatedAt: { column: Prisma.raw('d."updatedAt"'), type: 'timestamp' },
  } satisfies Record<(typeof DEPLOYMENT_SORTS)[number], Listing['sorts'][string]>,
};

/** The regions in which the deployment `d` is offered, as `offeredRegions` has them. */
export const OFFERED_REGIONS = Prisma.sql`
  CASE WHEN d.regions = '{}' THEN ARRAY[${GLOBAL_REGION}]::text[] ELSE d.regions END`;

/** What keeps the deployment `d` of the provider `p` from being certified, in words; null: nothing. */
export const SWITCHED_OFF = Prisma.sql`
  CASE WHEN NOT d."isActive" THEN 'the deployment is not active'
       WHEN NOT p."isActive" THEN 'its provider is not active' END`;

/** Whether a deployment is offered in a region; one without regions is offered in `global`. */
export function offeredIn(region: string): Prisma.Sql {
  return region === GLOBAL_REGION
    ? Prisma.sql`(d.regions = '{}' OR d.regions @> ARRAY[${GLOBAL_REGION}]::text[])`
    : Prisma.sql`d.regions @> ARRAY[${region}]::text[]`;
}

/**
 * Whether a certificate that has not expired, nor become stale, says CERTIFIED.
 * @param region null: any in which the deployment is offered
 */
export function isCertified(region: string | null): Prisma.Sql {
  const there =
    region === null
      ? Prisma.sql`AND c.region = ANY(${OFFERED_REGIONS})`
      : Prisma.sql`AND c.region = ${region}`;
  return Prisma.sql`EXISTS (
    SELECT 1 FROM model_certifications c
     WHERE c."deploymentId" = d.id AND c."lastVerdict" = 'CERTIFIED' AND ${STANDS} ${there})`;
}
