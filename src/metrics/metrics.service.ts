import { Injectable, NotFoundException, type OnApplicationShutdown } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';

import { CertificationFinishedEvent } from '../certification/certification-finished.event.js';
import { InvocationFinishedEvent } from '../deployments/invoke/invocation-finished.event.js';
import { BatchBuffer } from '../shared/batch-buffer.js';
import { ModelCacheService } from '../shared/cache/model-cache.service.js';
import { allowedDeployments } from '../shared/database/allowed-providers.js';
import { PrismaService } from '../shared/database/prisma.service.js';
import { hitRatio } from './cache-summary.js';
import { certificationMeasurement } from './certification-measurement.js';
import { HttpTally } from './http-tally.js';
import { invocationMeasurement } from './invocation-measurement.js';
import { rangeOf } from './metric-range.js';
import { selectSeries } from './metric-series.js';
import type { Measurement } from './measurement.js';
import { encodeMeasurement, insertPoints } from './metric-store.js';
import type { DeploymentMetricsDto, MetricsDto } from './metrics.dto.js';
import type { MetricsOfDeploymentQuery, MetricsQuery } from './metrics.query.js';
import { selectUptime } from './uptime.js';
import type { UptimeDto } from './uptime.dto.js';

/** Requests of the API are summed up over this time. */
const HTTP_TALLY_MS = 10_000;

/** Records what the other rooms tell, and shows it over time. */
@Injectable()
export class MetricsService implements OnApplicationShutdown {
  private readonly buffer: BatchBuffer<Measurement>;
  private readonly tally = new HttpTally();
  private tallying: NodeJS.Timeout | undefined;

  constructor(
    private readonly prisma: PrismaService,
    private readonly cache: ModelCacheService,
  ) {
    this.buffer = new BatchBuffer({
      name: MetricsService.name,
      what: 'metric points',
      sizeOf: ({ values }) => values.length,
      encode: encodeMeasurement,
      write: (measurements) => insertPoints(prisma, measurements),
    });
  }

  /** How many points were written and how many dropped since the process started. */
  get counts(): Readonly<BatchBuffer<Measurement>['counts']> {
    return this.buffer.counts;
  }

  @OnEvent(CertificationFinishedEvent.NAME)
  certificationFinished({ run }: CertificationFinishedEvent): void {
    this.buffer.add([certificationMeasurement(run)]);
  }

  @OnEvent(InvocationFinishedEvent.NAME)
  invocationFinished({ invocation }: InvocationFinishedEvent): void {
    this.buffer.add([invocationMeasurement(invocation)]);
  }

  /** Takes note of an answer of the API. @param route the template of its path */
  requestAnswered(method: string, route: string, status: number, milliseconds: number): void {
    this.tally.add(method, route, status, milliseconds);
    this.tallying ??= setTimeout(() => this.takeTally(), HTTP_TALLY_MS).unref();
  }

  /** After the last request and the last run, and before the database is disconnected. */
  async onApplicationShutdown(): Promise<void> {
    this.takeTally();
    await this.buffer.close();
  }

  /** @throws InvalidInput */
  async read(query: MetricsQuery): Promise<MetricsDto> {
    const { counts } = this.cache;
    return { ...(await this.over(query)), cache: { ...counts, hitRatio: hitRatio(counts) } };
  }

  /** @throws NotFoundException when there is no such deployment; InvalidInput */
  async readOfDeployment(
    deploymentId: string,
    query: MetricsOfDeploymentQuery,
  ): Promise<DeploymentMetricsDto> {
    await this.requireDeployment(deploymentId);
    return this.over({ ...query, deploymentId });
  }

  /** @throws NotFoundException when there is no such deployment */
  async uptime(deploymentId: string): Promise<UptimeDto> {
    await this.requireDeployment(deploymentId);
    return selectUptime(this.prisma, deploymentId);
  }

  private takeTally(): void {
    clearTimeout(this.tallying);
    this.tallying = undefined;
    this.buffer.add(this.tally.take(new Date()));
  }

  private async requireDeployment(id: string): Promise<void> {
    const where = { id, ...allowedDeployments() };
    const found = await this.prisma.modelDeployment.count({ where });
    if (found === 0) throw new NotFoundException('There is no deployment with this id.');
  }

  private async over(query: MetricsQuery): Promise<DeploymentMetricsDto> {
    const range = rangeOf(query);
    const series = await selectSeries(this.prisma, query, range);
    const { from, to, bucket } = range;
    return { from: from.toISOString(), to: to.toISOString(), bucket, series };
  }
}
