import { ConflictException, NotFoundException } from '@nestjs/common';

import { SWITCHED_OFF } from '../../deployments/deployment.listing.js';
import { Prisma } from '../../generated/prisma/client.js';
import { atAllowedProviders } from '../../shared/database/allowed-providers.js';
import { whereAll } from '../../shared/database/listing.js';
import type { PrismaService } from '../../shared/database/prisma.service.js';
import { InvalidInput } from '../../shared/http/problem.js';
import { offeredRegions } from '../../shared/region.js';
import type { CertificationRequest } from '../certification-request.dto.js';
import type { Place } from './run-order.js';

/** More would keep their certificates locked for too long. */
const MAX_PLACES = 10_000;

interface Offered {
  readonly id: string;
  readonly regions: readonly string[];
  /** What keeps it from being certified, in words; null: nothing. */
  readonly off: string | null;
}

/**
 * Where a request wants certificates.
 * @throws InvalidInput, NotFoundException and ConflictException, each naming what is wrong
 */
export async function placesOf(
  prisma: PrismaService,
  request: CertificationRequest,
): Promise<Place[]> {
  const ids = idsOf(request);
  const offers = await offersOf(prisma, ids);
  if (ids) checkAll(ids, offers);
  const places = offers.flatMap(({ id, regions }) =>
    regionsOf(regions, request).map((region) => ({ deploymentId: id, region })),
  );
  if (places.length === 0) {
    throw new ConflictException('No active deployment is offered in the regions asked for.');
  }
  if (places.length > MAX_PLACES) {
    throw new ConflictException(
      `These are ${places.length} certificates; ask for at most ${MAX_PLACES} at once.`,
    );
  }
  return places;
}

/** The deployments named; null: all. */
function idsOf({ deploymentId, deploymentIds, all }: CertificationRequest): string[] | null {
  const given = [deploymentId, deploymentIds, all].filter((one) => one !== undefined);
  if (given.length !== 1) {
    const pointer = given.length === 0 || deploymentId !== undefined ? '/deploymentId' : '/all';
    throw InvalidInput.field(pointer, 'give exactly one of deploymentId, deploymentIds and all');
  }
  if (all !== undefined) {
    if (!all) throw InvalidInput.field('/all', 'must be true when it is given');
    return null;
  }
  return deploymentIds ?? [deploymentId ?? ''];
}

function offersOf(prisma: PrismaService, ids: readonly string[] | null): Promise<Offered[]> {
  const which = ids
    ? Prisma.sql`d.id = ANY(${[...ids]}::text[])`
    : Prisma.sql`${SWITCHED_OFF} IS NULL`;
  const allowed = atAllowedProviders(Prisma.sql`p.id`);
  return prisma.select<Offered>(Prisma.sql`
    SELECT d.id, d.regions, ${SWITCHED_OFF} AS off
      FROM model_deployments d JOIN providers p ON p.id = d."providerId"
     ${whereAll([which, ...allowed])} ORDER BY d."createdAt", d.id`);
}

function checkAll(ids: readonly string[], offers: readonly Offered[]): void {
  const found = new Map(offers.map((offer) => [offer.id, offer]));
  const missing = ids.find((id) => !found.has(id));
  if (missing !== undefined) throw noDeployment(missing);
  const idle = offers.find(({ off }) => off !== null);
  if (idle) throw new ConflictException(`${idle.id} cannot be certified: ${idle.off}.`);
}

/** Of one deployment every region must be offered; of several, those that are. */
function regionsOf(
  offered: readonly string[],
  { deploymentId, regions }: CertificationRequest,
): readonly string[] {
  const own = offeredRegions(offered);
  if (!regions) return own;
  const stranger = regions.findIndex((region) => !own.includes(region));
  if (deploymentId !== undefined && stranger >= 0) {
    throw InvalidInput.field(`/regions/${stranger}`, `must be one of: ${own.join(', ')}`);
  }
  return regions.filter((region) => own.includes(region));
}

export function noDeployment(id?: string): NotFoundException {
  return new NotFoundException(`There is no deployment with this id${id ? `: ${id}` : ''}.`);
}
