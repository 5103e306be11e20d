import { ConflictException, Injectable, NotFoundException } from '@nestjs/common';

import { DeploymentService } from '../deployments/deployment.service.js';
import { EXPIRED } from '../deployments/standing.js';
import { Prisma } from '../generated/prisma/client.js';
import { allowedDeployments } from '../shared/database/allowed-providers.js';
import { isReferenceViolation } from '../shared/database/prisma-errors.js';
import { PrismaService } from '../shared/database/prisma.service.js';
import { inOrder, selectIds, selectOne, selectPage } from '../shared/database/listing.js';
import type { JsonText } from '../shared/http/json-text.js';
import type { Paged, PageQuery } from '../shared/http/paging.js';
import type { KeepAnswer } from '../shared/idempotency/idempotency.service.js';
import { CERTIFICATIONS, RUNS } from './certification.listing.js';
import type { CertificationOfDeploymentQuery, CertificationQuery } from './certification.query.js';
import { AcceptedDto, type CertificationRequest } from './certification-request.dto.js';
import { batchShares, SHOWN_RUNS, visibleBatch } from './runs/batch-shares.js';
import { BatchDto } from './runs/batch.dto.js';
import { DetailedRunDto } from './runs/detailed-run.dto.js';
import { noDeployment, placesOf } from './runs/places.js';
import { RunIntake, type StartedBatch } from './runs/run-intake.js';
import type { RunOrder } from './runs/run-order.js';
import { WITH_PROBES } from './runs/run.dto.js';

/** Certificates and the runs that earn them: asked for here, carried out by the workers. */
@Injectable()
export class ModelCertificationService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly intake: RunIntake,
    private readonly deployments: DeploymentService,
  ) {}

  /**
   * Accepts runs, one for each deployment and region. One that is under way is joined; where a
   * certificate still stands, it is the answer. Once this returns, the runs are in the database and
   * will be carried out.
   * @param keep keeps the answer with them
   * @throws ConflictException when a run of the one deployment asked for has begun, and does less
   */
  async request(
    request: CertificationRequest,
    { caller, userId }: Pick<RunOrder, 'caller' | 'userId'>,
    keep?: KeepAnswer,
  ): Promise<AcceptedDto> {
    const { profile, discover, force, priority, maxCostUsd = null } = request;
    const places = await placesOf(this.prisma, request);
    const order = { profile, discover, force, priority, maxCostUsd, caller, userId } as const;
    const started = await this.intake
      .start(places, { ...order, origin: 'request' }, async (tx, batch) => {
        if (request.deploymentId !== undefined) refuseShort(batch);
        await keep?.(tx, AcceptedDto.from(batch));
      })
      .catch((error: unknown) => {
        throw isReferenceViolation(error) ? noDeployment() : error; // removed a moment ago
      });
    return AcceptedDto.from(started);
  }

  list(query: CertificationQuery): Promise<JsonText> {
    return selectPage(this.prisma, CERTIFICATIONS, query, conditions(query));
  }

  /** @throws NotFoundException when there is no such deployment */
  async listOfDeployment(
    deploymentId: string,
    query: CertificationOfDeploymentQuery,
  ): Promise<JsonText> {
    await this.deployments.get(deploymentId);
    return this.list({ ...query, deploymentId });
  }

  /** @throws NotFoundException */
  async get(id: string): Promise<JsonText> {
    const found = await selectOne(this.prisma, CERTIFICATIONS, id);
    if (!found) throw new NotFoundException('There is no certification with this id.');
    return found;
  }

  /** The runs of a certification, newest first, with every attempt and its evidence. */
  async runs(id: string, query: PageQuery): Promise<Paged<DetailedRunDto>> {
    await this.get(id);
    const where = [Prisma.sql`r."certificationId" = ${id}`];
    const { ids, page } = await selectIds(
      this.prisma,
      RUNS,
      { ...query, sort: '-createdAt' },
      where,
    );
    const rows = await this.prisma.certificationRun.findMany({
      where: { id: { in: ids } },
      include: { results: true },
    });
    return { data: inOrder(ids, rows).map(DetailedRunDto.fromDetailed), page };
  }

  /** @throws NotFoundException */
  async batch(id: string): Promise<BatchDto> {
    // First the shares: a batch that is finished then shows no run that is not.
    const shares = await batchShares(this.prisma, id);
    const row = await this.prisma.certificationBatch.findUnique({
      where: visibleBatch(id),
      include: {
        runs: {
          where: { run: { deployment: allowedDeployments() } },
          include: { run: { include: WITH_PROBES } },
          orderBy: { runId: 'asc' },
          take: SHOWN_RUNS,
        },
      },
    });
    if (!row) throw new NotFoundException('There is no batch with this id.');
    return BatchDto.from(row, shares);
  }
}

/** Of one deployment every run must do what is asked; of several, the answer says which do. */
function refuseShort({ runs }: StartedBatch): void {
  const short = runs.find(({ covered }) => !covered)?.run;
  if (!short) return;
  const { id, region, profile, discover, maxCostUsd } = short;
  const budget = maxCostUsd === null ? 'no maxCostUsd' : `maxCostUsd ${maxCostUsd}`;
  throw new ConflictException(
    `Run ${id} in ${region} was asked for before and tests less than this, or may cost more: ` +
      `profile ${profile}, discover ${discover}, ${budget}. Ask again once it has ended.`,
  );
}

function conditions(query: CertificationQuery): Prisma.Sql[] {
  const { deploymentId, region, status, badge, expired, refuted } = query;
  const where: Prisma.Sql[] = [];
  if (deploymentId !== undefined) where.push(Prisma.sql`c."deploymentId" = ${deploymentId}`);
  if (region !== undefined) where.push(Prisma.sql`c.region = ${region}`);
  if (status !== undefined) where.push(Prisma.sql`c.status = ${status}::"CertificationStatus"`);
  if (badge !== undefined) where.push(Prisma.sql`c.badge = ${badge}`);
  if (refuted !== undefined) where.push(Prisma.sql`c.refuted @> ARRAY[${refuted}]::text[]`);
  if (expired !== undefined) where.push(Prisma.sql`${EXPIRED} = ${expired}`);
  return where;
}
