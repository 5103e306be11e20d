import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { OnEvent } from '@nestjs/event-emitter';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

import { CertificationFinishedEvent } from '../certification/certification-finished.event.js';
import { ProbeAttemptedEvent } from '../certification/probe-attempted.event.js';
import { QueueDepthService, type QueueDepth } from '../certification/queue/queue-depth.service.js';
import { ProviderCalledEvent } from '../inference/provider-call.event.js';
import { ModelCacheService } from '../shared/cache/model-cache.service.js';
import { Config } from '../shared/config.js';
import { PrismaService } from '../shared/database/prisma.service.js';
import { inTime } from '../shared/in-time.js';
import { SingleFlight } from '../shared/single-flight.js';
import { VERSION } from '../shared/version.js';
import { MetricsService } from './metrics.service.js';
import { addCache, addCounter, addPool, QueueGauges } from './prometheus-state.js';
import { WorkMetrics } from './prometheus-work.js';

const HTTP_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** A scrape is answered without what the database does not tell within this time. */
const PATIENCE_MS = 1_000;
/** Gauges of prom-client's that are named like counters; their sums by type say as much. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** What this process did, for Prometheus. Every application has a registry of its own. */
@Injectable()
export class PrometheusService implements OnModuleInit {
  private readonly registry = new Registry();
  private readonly requests: Histogram;
  private readonly work: WorkMetrics;
  private readonly queue: QueueGauges;
  private readonly depth: SingleFlight<QueueDepth | null>;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    config: Config,
    cache: ModelCacheService,
    prisma: PrismaService,
    queueDepth: QueueDepthService,
    private readonly metrics: MetricsService,
  ) {
    const register = this.registry;
    collectDefaultMetrics({ register });
    for (const name of MISNAMED) register.removeSingleMetric(name);
    this.addInfo(config);
    this.requests = new Histogram({
      name: 'model_catalog_http_request_duration_seconds',
      help: 'Duration of HTTP requests by method, route and class of status.',
      labelNames: ['method', 'route', 'status'],
      buckets: HTTP_BUCKETS,
      registers: [register],
    });
    this.work = new WorkMetrics(register);
    this.queue = new QueueGauges(register);
    this.depth = new SingleFlight(() => queueDepth.read().catch(() => null));
    addCache(register, cache.counts);
    addPool(register, prisma.pool);
    addCounter(register, {
      name: 'model_catalog_metric_points_total',
      help: 'Metric points by what became of them.',
      label: 'result',
      read: () => ({ ...metrics.counts }),
    });
  }

  onModuleInit(): void {
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onResponse', (request, reply, done) => {
      this.observe(request, reply);
      done();
    });
  }

  @OnEvent(CertificationFinishedEvent.NAME)
  certificationFinished({ run }: CertificationFinishedEvent): void {
    this.work.runEnded(run);
  }

  @OnEvent(ProbeAttemptedEvent.NAME)
  probeAttempted({ attempt }: ProbeAttemptedEvent): void {
    this.work.probeAttempted(attempt);
  }

  @OnEvent(ProviderCalledEvent.NAME)
  providerCalled({ call }: ProviderCalledEvent): void {
    this.work.providerCalled(call);
  }

  /** The metrics as they are now, in Prometheus' text format, and its media type. */
  async scrape(): Promise<{ text: string; contentType: string }> {
    this.queue.set(await inTime(this.depth.run(), PATIENCE_MS));
    return { text: await this.registry.metrics(), contentType: this.registry.contentType };
  }

  private observe(request: FastifyRequest, reply: FastifyReply): void {
    const { method } = request;
    const route = request.routeOptions.url ?? 'unmatched';
    const status = `${String(reply.statusCode).charAt(0)}xx`;
    const { statusCode, elapsedTime } = reply;
    this.requests.observe({ method, route, status }, elapsedTime / 1000);
    // What machines ask every few seconds says nothing of the API.
    if (!route.startsWith('/api/')) return;
    this.metrics.requestAnswered(method, route, statusCode, elapsedTime);
  }

  private addInfo({ role }: Config): void {
    new Gauge({
      name: 'model_catalog_info',
      help: 'Always 1; its labels say which version runs, in which role.',
      labelNames: ['version', 'role'],
      registers: [this.registry],
    }).set({ version: VERSION, role }, 1);
  }
}
