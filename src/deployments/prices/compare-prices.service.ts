import { Injectable } from '@nestjs/common';

import type {
  ModelCertification,
  ModelDeployment,
  Provider,
} from '../../generated/prisma/client.js';
import { BaseModelService } from '../../models/base-model.service.js';
import { allowedDeployments } from '../../shared/database/allowed-providers.js';
import { databaseTime } from '../../shared/database/database-time.js';
import { PrismaService } from '../../shared/database/prisma.service.js';
import { offeredRegions } from '../../shared/region.js';
import { isExpired } from '../standing.js';
import type {
  CertificateStateDto,
  ComparePricesQuery,
  OfferDto,
  PriceComparisonDto,
} from './compare-prices.dto.js';
import { breakEvenTokensPerHour, costOf, ratioTo, type Work } from './cost.js';

type Offered = ModelDeployment & { provider: Provider; certifications: ModelCertification[] };

/** What the same work costs at each deployment of a base model. */
@Injectable()
export class ComparePricesService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly models: BaseModelService,
  ) {}

  /** @throws NotFoundException when there is no such model */
  async compare(baseModelId: string, query: ComparePricesQuery): Promise<PriceComparisonDto> {
    await this.models.get(baseModelId);
    const { inputTokens, outputTokens, hours, region, certifiedOnly } = query;
    const [now, rows] = await Promise.all([
      databaseTime(this.prisma),
      this.prisma.modelDeployment.findMany({
        where: {
          baseModelId,
          ...allowedDeployments(),
          isActive: true,
          provider: { isActive: true },
        },
        include: {
          provider: true,
          certifications: { where: { region }, orderBy: { region: 'asc' } },
        },
      }),
    ]);
    const offers = rows
      .filter(({ regions }) => region === undefined || offeredRegions(regions).includes(region))
      .map((row) => offerOf(row, query, now))
      .filter(({ certified }) => certified || !certifiedOnly)
      .toSorted((a, b) => a.costUsd - b.costUsd || a.id.localeCompare(b.id));
    return {
      baseModelId,
      currency: 'USD',
      inputTokens,
      outputTokens,
      hours,
      offers: compared(offers, query),
    };
  }
}

function offerOf(row: Offered, work: Work, now: Date): OfferDto {
  const { id, deploymentId, providerId, inferenceType, regions } = row;
  const { costPer1MInput, costPer1MOutput, costPerHour } = row;
  const offered = offeredRegions(regions);
  const certifications = row.certifications
    .filter((certification) => offered.includes(certification.region))
    .map((certification) => stateOf(certification, now));
  return {
    id,
    deploymentId,
    providerId,
    providerSlug: row.provider.slug,
    inferenceType,
    regions,
    costPer1MInput,
    costPer1MOutput,
    costPerHour,
    ...costOf(row, work),
    ratioToCheapest: null,
    certified: certifications.some(({ verdict, expired }) => verdict === 'CERTIFIED' && !expired),
    certifications,
    breakEven: [],
  };
}

function compared(offers: readonly OfferDto[], work: Work): OfferDto[] {
  const cheapest = offers[0]?.costUsd ?? 0;
  const byToken = offers.filter(({ inferenceType }) => inferenceType !== 'PROVISIONED');
  return offers.map((offer) => ({
    ...offer,
    ratioToCheapest: ratioTo(cheapest, offer.costUsd),
    breakEven:
      offer.inferenceType === 'PROVISIONED'
        ? byToken.map((other) => ({
            deploymentId: other.id,
            tokensPerHour: breakEvenTokensPerHour(offer, other, work),
          }))
        : [],
  }));
}

function stateOf(row: ModelCertification, now: Date): CertificateStateDto {
  const { region, lastVerdict, rating, badge, expiresAt } = row;
  return {
    region,
    verdict: lastVerdict,
    rating,
    badge,
    expiresAt: expiresAt?.toISOString() ?? null,
    expired: isExpired(row, now),
  };
}
