import { Injectable, NotFoundException } from '@nestjs/common';

import { Prisma } from '../../generated/prisma/client.js';
import { inOrder, selectIds } from '../../shared/database/listing.js';
import { PrismaService } from '../../shared/database/prisma.service.js';
import type { Paged } from '../../shared/http/paging.js';
import { CertificationQueue } from './certification-queue.js';
import { RUNS } from '../certification.listing.js';
import { RunCountsDto, type JobQuery, type QueueStateDto } from './queue.dto.js';
import { RunDto } from '../runs/run.dto.js';

const WITH_PROBES = { results: { select: { probe: true } } } as const;

/** What was asked of the queue, and what became of it. */
@Injectable()
export class CertificationQueueService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly queue: CertificationQueue,
  ) {}

  async state(): Promise<QueueStateDto> {
    const [groups, backend] = await Promise.all([
      this.prisma.certificationRun.groupBy({ by: ['status'], _count: true }),
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
    const row = await this.prisma.certificationRun.findFirst({
      where: { jobId },
      include: WITH_PROBES,
    });
    if (!row) throw new NotFoundException('There is no job with this id.');
    return RunDto.from(row);
  }
}

function conditions({ deploymentId, region, status }: JobQuery): Prisma.Sql[] {
  const where: Prisma.Sql[] = [];
  if (deploymentId !== undefined) where.push(Prisma.sql`r."deploymentId" = ${deploymentId}`);
  if (region !== undefined) where.push(Prisma.sql`r.region = ${region}`);
  if (status !== undefined) where.push(Prisma.sql`r.status = ${status}::"CertificationStatus"`);
  return where;
}
