import {
  ConflictException,
  Injectable,
  NotFoundException,
  ServiceUnavailableException,
} from '@nestjs/common';

import { Prisma } from '../../generated/prisma/client.js';
import { allowedDeployments } from '../../shared/database/allowed-providers.js';
import { inOrder, selectIds } from '../../shared/database/listing.js';
import { PrismaService } from '../../shared/database/prisma.service.js';
import { refuseConfined } from '../../shared/http/caller-context.js';
import type { Paged } from '../../shared/http/paging.js';
import { CertificationQueue } from './certification-queue.js';
import { RUNS } from '../certification.listing.js';
import type { AcceptedDto } from '../certification-request.dto.js';
import { ModelCertificationService } from '../certification.service.js';
import { visibleBatch } from '../runs/batch-shares.js';
import { RunCancellation } from '../runs/run-cancellation.js';
import type { RunOrder } from '../runs/run-order.js';
import { RunCountsDto, type CancelledDto, type JobQuery, type QueueStateDto } from './queue.dto.js';
import { RunDto, WITH_PROBES } from '../runs/run.dto.js';

/** What was asked of the queue, and what became of it. */
@Injectable()
export class CertificationQueueService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly queue: CertificationQueue,
    private readonly cancellation: RunCancellation,
    private readonly certifications: ModelCertificationService,
  ) {}

  async state(): Promise<QueueStateDto> {
    const [groups, backend] = await Promise.all([
      this.prisma.certificationRun.groupBy({
        by: ['status'],
        where: { deployment: allowedDeployments() },
        _count: true,
      }),
      this.queue.state(),
    ]);
    return {
      counts: RunCountsDto.from(groups.map(({ status, _count }) => [status, _count])),
      paused: backend?.paused ?? null,
      workers: backend?.workers ?? null,
    };
  }

  /** Jobs, newest first. @throws InvalidInput for a foreign cursor */
  async jobs(query: JobQuery): Promise<Paged<RunDto>> {
    const { ids, page } = await selectIds(
      this.prisma,
      RUNS,
      { ...query, sort: '-createdAt' },
      conditions(query),
    );
    const rows = await this.prisma.certificationRun.findMany({
      where: { id: { in: ids } },
      include: WITH_PROBES,
    });
    return { data: inOrder(ids, rows).map(RunDto.from), page };
  }

  /** @throws NotFoundException */
  async job(jobId: string): Promise<RunDto> {
    return RunDto.from(await this.find(jobId));
  }

  /** @throws NotFoundException; ConflictException when the run is over */
  async cancel(jobId: string): Promise<RunDto> {
    const run = await this.find(jobId);
    const { cancelled, asked } = await this.cancellation.cancel([run.id]);
    if (cancelled + asked === 0) throw new ConflictException('The run is over.');
    await this.queue.forget([jobId]);
    return this.job(jobId);
  }

  /**
   * Cancels the runs of a batch that no other batch wants.
   * @throws NotFoundException; ConflictException when all of its runs are over
   */
  async cancelBatch(id: string): Promise<CancelledDto> {
    const batch = await this.prisma.certificationBatch.findUnique({ where: visibleBatch(id) });
    if (!batch) throw new NotFoundException('There is no batch with this id.');
    const { cancelled, asked, left, jobIds } = await this.cancellation.cancelBatch(id);
    if (cancelled + asked + left === 0) throw new ConflictException('The batch is over.');
    await this.queue.forget(jobIds);
    return { cancelled, stopping: asked, left };
  }

  /**
   * @throws NotFoundException; ConflictException unless the run is over and did not certify, and
   *   its deployment is still active and offered in its region
   */
  async retry(jobId: string, asker: Pick<RunOrder, 'caller' | 'userId'>): Promise<AcceptedDto> {
    const run = await this.find(jobId);
    if (!REPEATABLE.includes(run.status)) {
      throw new ConflictException(
        `The run is ${run.status}; one that is over and did not certify can be repeated.`,
      );
    }
    const { deploymentId, region, profile, discover, maxCostUsd, priority } = run;
    // Named as one of several: a region that it no longer offers is a conflict then, no bad field.
    const place = { deploymentIds: [deploymentId], regions: [region] };
    const order = { profile, discover, priority, maxCostUsd: maxCostUsd ?? undefined };
    return this.certifications.request({ ...place, ...order, force: true }, asker);
  }

  /**
   * @throws ForbiddenException for a confined caller; ServiceUnavailableException when the queue
   *   does not answer
   */
  async setPaused(paused: boolean): Promise<QueueStateDto> {
    refuseConfined();
    if (!(await this.queue.setPaused(paused))) {
      throw new ServiceUnavailableException('The queue does not answer; try again.');
    }
    return this.state();
  }

  private async find(jobId: string) {
    const row = await this.prisma.certificationRun.findFirst({
      where: { jobId, deployment: allowedDeployments() },
      include: WITH_PROBES,
    });
    if (!row) throw new NotFoundException('There is no job with this id.');
    return row;
  }
}

const REPEATABLE: readonly string[] = ['FAILED', 'QUALITY_WARNING', 'CANCELLED', 'COMPLETED'];

function conditions({ deploymentId, region, status }: JobQuery): Prisma.Sql[] {
  const where: Prisma.Sql[] = [];
  if (deploymentId !== undefined) where.push(Prisma.sql`r."deploymentId" = ${deploymentId}`);
  if (region !== undefined) where.push(Prisma.sql`r.region = ${region}`);
  if (status !== undefined) where.push(Prisma.sql`r.status = ${status}::"CertificationStatus"`);
  return where;
}
