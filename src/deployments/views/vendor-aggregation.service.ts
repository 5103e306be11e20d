import { Injectable } from '@nestjs/common';

import { Prisma } from '../../generated/prisma/client.js';
import { atAllowedProviders } from '../../shared/database/allowed-providers.js';
import { jsonObject, pageText, whereAll } from '../../shared/database/listing.js';
import { PrismaService } from '../../shared/database/prisma.service.js';
import type { JsonText } from '../../shared/http/json-text.js';
import { decodeCursor, encodeCursor, type PageQuery } from '../../shared/http/paging.js';
import { isCertified } from '../deployment.listing.js';
import type { VendorDto } from './vendor.dto.js';

const SORT = 'vendor';

const MADE = ['vendor', 'models', 'deprecatedModels', 'families'] as const;

const ROW = jsonObject('made', MADE satisfies readonly (keyof VendorDto)[], [], {
  deployments: Prisma.sql`coalesce(sold.deployments, 0)`,
  activeDeployments: Prisma.sql`coalesce(sold.active, 0)`,
  providers: Prisma.sql`coalesce(sold.providers, '{}')`,
  certifiedDeployments: Prisma.sql`coalesce(proved.certified, 0)`,
  lowestCostPer1MInput: Prisma.sql`sold.input`,
  lowestCostPer1MOutput: Prisma.sql`sold.output`,
} satisfies Omit<Record<keyof VendorDto, Prisma.Sql>, (typeof MADE)[number]>);

/** Reserved throughput is paid by the hour: its price per token says nothing. */
const BY_TOKEN = Prisma.sql`d."inferenceType" <> 'PROVISIONED'`;

/** What the models of each vendor come to. */
@Injectable()
export class VendorAggregationService {
  constructor(private readonly prisma: PrismaService) {}

  /** A page of vendors by name. @throws InvalidInput for a foreign cursor */
  async list({ limit, cursor }: PageQuery): Promise<JsonText> {
    const after = cursor === undefined ? null : decodeCursor(cursor, SORT, () => true).key;
    const rows = await this.prisma.select<{ vendor: string; row: string }>(
      statement(after, limit + 1),
    );
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    // Vendors are distinct, so there are no ties for an id to break.
    const nextCursor =
      rows.length > limit && last ? encodeCursor(SORT, { key: last.vendor, id: SORT }) : null;
    return pageText(shown, { limit, nextCursor });
  }
}

function statement(after: string | null, count: number): Prisma.Sql {
  const beyond = after === null ? Prisma.empty : Prisma.sql`WHERE vendor > ${after}`;
  // Written out: a plan for any limit would expect few vendors, and look deployments up one by one.
  const most = Prisma.raw(String(count));
  const allowed = atAllowedProviders(Prisma.sql`d."providerId"`);
  // Counted by vendor and provider first: few rows are left to join and sort.
  return Prisma.sql`
    WITH page AS MATERIALIZED (
      SELECT DISTINCT vendor FROM base_models ${beyond} ORDER BY vendor LIMIT ${most}
    ), made AS (
      SELECT vendor, count(*) AS models, count(*) FILTER (WHERE deprecated) AS "deprecatedModels",
             coalesce(array_agg(DISTINCT family ORDER BY family) FILTER (WHERE family IS NOT NULL), '{}')
               AS families
        FROM page JOIN base_models USING (vendor)
       GROUP BY vendor
    ), hosted AS (
      SELECT vendor, d."providerId", count(*) AS deployments,
             count(*) FILTER (WHERE d."isActive") AS active,
             min(d."costPer1MInput") FILTER (WHERE d."isActive" AND ${BY_TOKEN}) AS input,
             min(d."costPer1MOutput") FILTER (WHERE d."isActive" AND ${BY_TOKEN}) AS output
        FROM page JOIN base_models m USING (vendor)
        JOIN model_deployments d ON d."baseModelId" = m.id
       ${whereAll(allowed)}
       GROUP BY vendor, d."providerId"
    ), sold AS (
      SELECT vendor, sum(deployments) AS deployments,
             sum(active) FILTER (WHERE p."isActive") AS active,
             min(input) FILTER (WHERE p."isActive") AS input,
             min(output) FILTER (WHERE p."isActive") AS output,
             array_agg(p.slug ORDER BY p.slug) AS providers
        FROM hosted JOIN providers p ON p.id = "providerId"
       GROUP BY vendor
    ), proved AS (
      SELECT vendor, count(*) AS certified
        FROM page JOIN base_models m USING (vendor)
        JOIN model_deployments d ON d."baseModelId" = m.id
       ${whereAll([isCertified(null), ...allowed])}
       GROUP BY vendor
    )
    SELECT vendor, (${ROW})::text AS row
      FROM made LEFT JOIN sold USING (vendor) LEFT JOIN proved USING (vendor)
     ORDER BY vendor`;
}
