import { Injectable } from '@nestjs/common';

import { Prisma, type PriceHistory } from '../../generated/prisma/client.js';
import { allowedDeployments } from '../../shared/database/allowed-providers.js';
import { databaseTime } from '../../shared/database/database-time.js';
import { jsonObject, selectPage, type Listing } from '../../shared/database/listing.js';
import { PrismaService } from '../../shared/database/prisma.service.js';
import type { JsonText } from '../../shared/http/json-text.js';
import { InvalidInput } from '../../shared/http/problem.js';
import { DeploymentService } from '../deployment.service.js';
import type {
  CostEstimateDto,
  CostEstimateInput,
  CostItemDto,
  CostItemInput,
} from './cost-estimate.dto.js';
import { costOf, exact } from './cost.js';
import type { PriceDto, PriceQuery } from './price.dto.js';

const FIELDS = [
  'id',
  'costPer1MInput',
  'costPer1MOutput',
  'costPerHour',
  'effectiveFrom',
  'kind',
  'source',
  'createdBy',
  'createdAt',
] as const satisfies readonly (keyof PriceDto)[];

const PRICES: Listing = {
  from: Prisma.raw('price_history h'),
  id: Prisma.raw('h.id'),
  json: jsonObject('h', FIELDS, ['effectiveFrom', 'createdAt']),
  sorts: { sequence: { column: Prisma.raw('h.sequence'), type: 'number' } },
};

/** What deployments cost and cost before. */
@Injectable()
export class PriceService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly deployments: DeploymentService,
  ) {}

  /** The price history, the entry recorded last first; or the one in force at a moment. */
  async list(deploymentId: string, query: PriceQuery): Promise<JsonText> {
    await this.deployments.get(deploymentId);
    const where = [Prisma.sql`h."deploymentId" = ${deploymentId}`];
    if (query.at !== undefined) where.push(inForceAt(deploymentId, new Date(query.at)));
    return selectPage(this.prisma, PRICES, { ...query, sort: '-sequence' }, where);
  }

  /** @throws InvalidInput for a deployment that does not exist, or had no prices at the moment */
  async estimate({ items, at }: CostEstimateInput): Promise<CostEstimateDto> {
    const moment = at === undefined ? await databaseTime(this.prisma) : new Date(at);
    const prices = await this.pricesAt(items, moment);
    const estimated = items.map((item, index) => estimateItem(item, index, prices));
    const total = estimated.reduce((sum, { costUsd }) => sum + costUsd, 0);
    return {
      at: moment.toISOString(),
      currency: 'USD',
      totalUsd: exact(total),
      items: estimated,
    };
  }

  private async pricesAt(
    items: readonly CostItemInput[],
    at: Date,
  ): Promise<Map<string, PriceHistory>> {
    const rows = await this.prisma.priceHistory.findMany({
      where: {
        deploymentId: { in: items.map(({ deploymentId }) => deploymentId) },
        deployment: allowedDeployments(),
        effectiveFrom: { lte: at },
      },
      orderBy: [{ deploymentId: 'asc' }, { sequence: 'desc' }],
      distinct: ['deploymentId'],
    });
    return new Map(rows.map((row) => [row.deploymentId, row]));
  }
}

function inForceAt(deploymentId: string, at: Date): Prisma.Sql {
  return Prisma.sql`h.sequence = (
    SELECT max(x.sequence) FROM price_history x
     WHERE x."deploymentId" = ${deploymentId} AND x."effectiveFrom" <= ${at.toISOString()}::timestamptz)`;
}

function estimateItem(
  item: CostItemInput,
  index: number,
  prices: ReadonlyMap<string, PriceHistory>,
): CostItemDto {
  const price = prices.get(item.deploymentId);
  if (!price) {
    throw InvalidInput.field(
      `/items/${index}/deploymentId`,
      'must be the id of a deployment that had prices at that moment',
    );
  }
  return { deploymentId: item.deploymentId, ...costOf(price, item), price: priceOf(price) };
}

function priceOf(row: PriceHistory): PriceDto {
  const { id, costPer1MInput, costPer1MOutput, costPerHour, kind, source, createdBy } = row;
  return {
    id,
    costPer1MInput,
    costPer1MOutput,
    costPerHour,
    effectiveFrom: row.effectiveFrom.toISOString(),
    kind,
    source,
    createdBy,
    createdAt: row.createdAt.toISOString(),
  };
}
