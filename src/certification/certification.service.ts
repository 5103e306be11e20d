import { ConflictException, Injectable, NotFoundException } from '@nestjs/common';

import { DeploymentService } from '../deployments/deployment.service.js';
import { GLOBAL_REGION } from '../deployments/region.js';
import { Prisma, type CertificationRun } from '../generated/prisma/client.js';
import { PrismaService } from '../shared/database/prisma.service.js';
import { inOrder, selectIds, selectOne, selectPage } from '../shared/database/listing.js';
import type { JsonText } from '../shared/http/json-text.js';
import type { Paged, PageQuery } from '../shared/http/paging.js';
import { InvalidInput } from '../shared/http/problem.js';
import { Turns } from '../shared/turns.js';
import { CertificationQueue } from './certification-queue.js';
import { CERTIFICATIONS, EXPIRED, RUNS } from './certification.listing.js';
import type { CertificationOfDeploymentQuery, CertificationQuery } from './certification.query.js';
import { AcceptedDto, type CertificationRequest } from './certification-request.dto.js';
import { CertificationRunStore } from './certification-run.store.js';
import { BatchDto, DetailedRunDto } from './run.dto.js';
import { SUITE_VERSION } from './suite.js';

/** Certificates and the runs that earn them: asked for here, carried out by the workers. */
@Injectable()
export class ModelCertificationService {
  /** Requests for one deployment wait for each other here, not each on a database connection. */
  private readonly turns = new Turns();

  constructor(
    private readonly prisma: PrismaService,
    private readonly queue: CertificationQueue,
    private readonly store: CertificationRunStore,
    private readonly deployments: DeploymentService,
  ) {}

  /**
   * Accepts runs for a deployment, one per region. A region that has a run under way joins it.
   * Once this returns, the runs are in the database and will be carried out.
   */
  async request(request: CertificationRequest, caller: string | null): Promise<AcceptedDto> {
    const regions = await this.regionsOf(request);
    const { batchId, runs } = await this.turns.take(request.deploymentId, () =>
      this.prisma.$transaction(async (tx) => {
        const batch = await tx.certificationBatch.create({ data: { createdBy: caller } });
        const started: StartedRun[] = [];
        for (const region of regions) {
          started.push(await startOrJoin(tx, request.deploymentId, region, caller));
        }
        await tx.certificationBatchRun.createMany({
          data: started.map(({ run, joined }) => ({ batchId: batch.id, runId: run.id, joined })),
        });
        return { batchId: batch.id, runs: started };
      }),
    );
    const fresh = runs.filter(({ joined }) => !joined).map(({ run }) => run);
    const status = (await this.wake(fresh)) ? 'QUEUED' : 'PENDING';
    return AcceptedDto.from(batchId, runs, status);
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
      include: { results: { orderBy: [{ startedAt: 'asc' }, { attempt: 'asc' }] } },
    });
    return { data: inOrder(ids, rows).map(DetailedRunDto.fromDetailed), page };
  }

  async batch(id: string): Promise<BatchDto> {
    const row = await this.prisma.certificationBatch.findUnique({
      where: { id },
      include: {
        runs: { include: { run: { include: { results: { select: { probe: true } } } } } },
      },
    });
    if (!row) throw new NotFoundException('There is no batch with this id.');
    return BatchDto.from(row);
  }

  private async regionsOf({ deploymentId, regions }: CertificationRequest): Promise<string[]> {
    const deployment = await this.prisma.modelDeployment.findUnique({
      where: { id: deploymentId },
      include: { provider: true },
    });
    if (!deployment) throw new NotFoundException('There is no deployment with this id.');
    if (!deployment.isActive) throw new ConflictException('The deployment is not active.');
    if (!deployment.provider.isActive) throw new ConflictException('The provider is not active.');
    const offered = deployment.regions.length > 0 ? deployment.regions : [GLOBAL_REGION];
    const stranger = regions?.findIndex((region) => !offered.includes(region)) ?? -1;
    if (stranger >= 0) {
      throw InvalidInput.field(`/regions/${stranger}`, `must be one of: ${offered.join(', ')}`);
    }
    return regions ?? offered;
  }

  /** A queue that is away is no reason to refuse: the reconciler wakes the runs later. */
  private async wake(runs: readonly CertificationRun[]): Promise<boolean> {
    if (runs.length === 0) return true;
    const taken = await this.queue.wake(runs);
    if (taken) await this.store.markQueued(runs.map(({ id }) => id));
    return taken;
  }
}

function conditions(query: CertificationQuery): Prisma.Sql[] {
  const { deploymentId, region, status, badge, expired } = query;
  const where: Prisma.Sql[] = [];
  if (deploymentId !== undefined) where.push(Prisma.sql`c."deploymentId" = ${deploymentId}`);
  if (region !== undefined) where.push(Prisma.sql`c.region = ${region}`);
  if (status !== undefined) where.push(Prisma.sql`c.status = ${status}::"CertificationStatus"`);
  if (badge !== undefined) where.push(Prisma.sql`c.badge = ${badge}`);
  if (expired !== undefined) where.push(Prisma.sql`${EXPIRED} = ${expired}`);
  return where;
}

export interface StartedRun {
  readonly run: CertificationRun;
  readonly joined: boolean;
}

async function startOrJoin(
  tx: Prisma.TransactionClient,
  deploymentId: string,
  region: string,
  caller: string | null,
): Promise<StartedRun> {
  await tx.modelCertification.createMany({
    data: [{ deploymentId, region, createdBy: caller }],
    skipDuplicates: true,
  });
  // The lock keeps other requests for this deployment and region waiting.
  await tx.$queryRaw`
    SELECT 1 FROM model_certifications
     WHERE "deploymentId" = ${deploymentId} AND region = ${region} FOR UPDATE`;
  const certification = await tx.modelCertification.findUniqueOrThrow({
    where: { deploymentId_region: { deploymentId, region } },
  });
  const active = await tx.certificationRun.findFirst({
    where: { deploymentId, region, status: { in: ['PENDING', 'QUEUED', 'PROCESSING'] } },
  });
  if (active) return { run: active, joined: true };
  const run = await tx.certificationRun.create({
    data: {
      certificationId: certification.id,
      deploymentId,
      region,
      suiteVersion: SUITE_VERSION,
      createdBy: caller,
    },
  });
  const jobId = CertificationQueue.jobId(run);
  await tx.certificationRun.update({ where: { id: run.id }, data: { jobId } });
  await tx.modelCertification.update({
    where: { id: certification.id },
    data: { status: 'PENDING', lastRunId: run.id, jobId },
  });
  return { run: { ...run, jobId }, joined: false };
}
