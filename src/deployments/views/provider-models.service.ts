import { Injectable } from '@nestjs/common';

import { Prisma } from '../../generated/prisma/client.js';
import { providerJson, PROVIDERS } from '../../providers/provider.listing.js';
import { selectPage, type Listing } from '../../shared/database/listing.js';
import { PrismaService } from '../../shared/database/prisma.service.js';
import type { JsonText } from '../../shared/http/json-text.js';
import { deploymentJson, DEPLOYMENTS } from '../deployment.listing.js';
import type { ProviderModelsQuery } from './provider-models.dto.js';

const ACTIVE = Prisma.sql`d."providerId" = p.id AND d."isActive"`;

const DEPLOYMENT = deploymentJson({
  model: Prisma.sql`json_build_object('id', m.id, 'name', m.name, 'vendor', m.vendor, 'family', m.family)`,
});

const DEPLOYMENTS_URL = Prisma.sql`'/api/v2/deployments?providerId=' || p.id || '&isActive=true'`;

/** What each provider hosts. */
@Injectable()
export class ProviderModelsService {
  constructor(private readonly prisma: PrismaService) {}

  /** Active providers with their active deployments. @throws InvalidInput for a foreign cursor */
  list(query: ProviderModelsQuery): Promise<JsonText> {
    return selectPage(this.prisma, listing(query.deployments), query, [Prisma.sql`p."isActive"`]);
  }
}

function listing(perProvider: number): Listing {
  return {
    ...PROVIDERS,
    from: Prisma.sql`${PROVIDERS.from}
      LEFT JOIN (
        SELECT "providerId", count(*) FROM model_deployments WHERE "isActive" GROUP BY "providerId"
      ) active ON active."providerId" = p.id
      CROSS JOIN LATERAL (
        SELECT coalesce(json_agg(listed.row), '[]') AS rows
          FROM (SELECT ${DEPLOYMENT} AS row
                  FROM ${DEPLOYMENTS.from} JOIN base_models m ON m.id = d."baseModelId"
                 WHERE ${ACTIVE}
                 ORDER BY d."deploymentId" LIMIT ${perProvider}) listed) first`,
    json: providerJson({
      deploymentCount: Prisma.sql`coalesce(active.count, 0)`,
      deployments: Prisma.sql`first.rows`,
      deploymentsUrl: DEPLOYMENTS_URL,
    }),
  };
}
