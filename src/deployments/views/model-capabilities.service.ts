import { ConflictException, Injectable, NotFoundException } from '@nestjs/common';

import type { BaseModel, Prisma } from '../../generated/prisma/client.js';
import type { CapabilitiesDto } from '../../models/capabilities.dto.js';
import { readCapabilities } from '../../models/capabilities.js';
import { allowedDeployments } from '../../shared/database/allowed-providers.js';
import { databaseTime } from '../../shared/database/database-time.js';
import { PrismaService } from '../../shared/database/prisma.service.js';
import { offeredRegions } from '../../shared/region.js';
import { isExpired } from '../standing.js';
import { CLAIM_NAMES, findingOf, readTestResults, type TestResult } from './claim-states.js';
import type {
  ClaimStatesDto,
  DeploymentCapabilitiesDto,
  ModelCapabilitiesDto,
  ModelCapabilitiesQuery,
  RegionCapabilitiesDto,
} from './model-capabilities.dto.js';

/** Most regions in an answer, of all its deployments together; a deployment has at most 100. */
const MAX_REGIONS = 500;

/** How many providers a refusal names. */
const NAMED_PROVIDERS = 10;

const WITH_CERTIFICATES = {
  provider: { select: { slug: true } },
  certifications: {
    select: {
      region: true,
      lastVerdict: true,
      expiresAt: true,
      staleSince: true,
      ratingUpdatedAt: true,
      testResults: true,
    },
  },
} as const satisfies Prisma.ModelDeploymentInclude;

type Certified = Prisma.ModelDeploymentGetPayload<{ include: typeof WITH_CERTIFICATES }>;
type Certificate = Certified['certifications'][number];

/** What base models declare, next to what their deployments were seen to do. */
@Injectable()
export class ModelCapabilitiesService {
  constructor(private readonly prisma: PrismaService) {}

  /**
   * @param modelId of a base model, or else a provider's own id of deployments of one
   * @throws NotFoundException; ConflictException when several base models are deployed under the id
   */
  async get(modelId: string, { provider }: ModelCapabilitiesQuery): Promise<ModelCapabilitiesDto> {
    const model = await this.prisma.baseModel.findUnique({ where: { id: modelId } });
    if (model) return this.view(model, at(provider));
    const deployed = { deploymentId: modelId, ...at(provider) };
    return this.view(await this.modelDeployed(deployed), deployed);
  }

  private async modelDeployed(where: Prisma.ModelDeploymentWhereInput): Promise<BaseModel> {
    const [model, another] = await this.prisma.baseModel.findMany({
      where: { deployments: { some: where } },
      take: 2,
    });
    if (!model) throw new NotFoundException('There is no model and no deployment with this id.');
    if (!another) return model;
    const providers = await this.prisma.provider.findMany({
      where: { deployments: { some: where } },
      select: { slug: true },
      orderBy: { slug: 'asc' },
      take: NAMED_PROVIDERS,
    });
    throw new ConflictException(
      'Providers have different models under this id; name one of them by the query ' +
        `parameter provider: ${providers.map(({ slug }) => slug).join(', ')}.`,
    );
  }

  private async view(
    model: BaseModel,
    where: Prisma.ModelDeploymentWhereInput,
  ): Promise<ModelCapabilitiesDto> {
    const declared = readCapabilities(model.capabilities);
    const [now, rows] = await Promise.all([
      databaseTime(this.prisma),
      this.prisma.modelDeployment.findMany({
        where: { ...where, baseModelId: model.id },
        include: WITH_CERTIFICATES,
        orderBy: [{ deploymentId: 'asc' }, { id: 'asc' }],
        take: MAX_REGIONS + 1,
      }),
    ]);
    const shown = withinBound(rows);
    const { id, name, vendor } = model;
    return {
      model: { id, name, vendor },
      declared,
      deployments: shown.map((row) => deploymentOf(row, declared, now)),
      truncated: shown.length < rows.length,
    };
  }
}

function at(provider: string | undefined): Prisma.ModelDeploymentWhereInput {
  return {
    ...allowedDeployments(),
    ...(provider !== undefined && { provider: { slug: provider } }),
  };
}

/** The first deployments, as many as have no more regions than an answer may hold. */
function withinBound(rows: readonly Certified[]): Certified[] {
  let regions = 0;
  const firstBeyond = rows.findIndex(
    (row) => (regions += offeredRegions(row.regions).length) > MAX_REGIONS,
  );
  return rows.slice(0, firstBeyond < 0 ? rows.length : firstBeyond);
}

function deploymentOf(
  row: Certified,
  declared: CapabilitiesDto,
  now: Date,
): DeploymentCapabilitiesDto {
  const { id, deploymentId, provider, inferenceType, isActive, certifications } = row;
  return {
    id,
    deploymentId,
    providerSlug: provider.slug,
    inferenceType,
    isActive,
    regions: offeredRegions(row.regions).map((region) => {
      const certificate = certifications.find((candidate) => candidate.region === region);
      return regionOf(region, certificate, declared, now);
    }),
  };
}

function regionOf(
  region: string,
  certificate: Certificate | undefined,
  declared: CapabilitiesDto,
  now: Date,
): RegionCapabilitiesDto {
  // Set by each verdict and by nothing else; lastTestedAt follows runs without verdict, too.
  const testedAt = certificate?.ratingUpdatedAt?.toISOString() ?? null;
  return {
    region,
    verdict: certificate?.lastVerdict ?? null,
    expired: certificate !== undefined && isExpired(certificate, now),
    testedAt,
    claims: claimsOf(declared, readTestResults(certificate?.testResults), testedAt),
  };
}

function claimsOf(
  declared: CapabilitiesDto,
  results: readonly TestResult[],
  testedAt: string | null,
): ClaimStatesDto {
  return Object.fromEntries(
    CLAIM_NAMES.map((name) => {
      const { state, reason, provedUpTo } = findingOf(name, results);
      const isTested = state !== 'untested' || provedUpTo !== null;
      return [
        name,
        {
          declared: declared[name] ?? false,
          state,
          reason,
          provedUpTo,
          testedAt: isTested ? testedAt : null,
        },
      ];
    }),
  );
}
