import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { OnEvent } from '@nestjs/event-emitter';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

import { CertificationFinishedEvent } from '../certification/certification-finished.event.js';
import type { CertificationStatus } from '../generated/prisma/client.js';
import { ModelCacheService } from '../shared/cache/model-cache.service.js';
import { hitRatio } from './cache-summary.js';
import { MetricsService } from './metrics.service.js';

const HTTP_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const ENDS: readonly CertificationStatus[] = [
  'CERTIFIED',
  'QUALITY_WARNING',
  'FAILED',
  'COMPLETED',
  'CANCELLED',
];

/** What this process did, for Prometheus. Every application has a registry of its own. */
@Injectable()
export class PrometheusService implements OnModuleInit {
  private readonly registry = new Registry();
  private readonly requests: Histogram;
  private readonly runs: Counter;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly cache: ModelCacheService,
    metrics: MetricsService,
  ) {
    const register = this.registry;
    collectDefaultMetrics({ register });
    this.requests = new Histogram({
      name: 'model_catalog_http_request_duration_seconds',
      help: 'Duration of HTTP requests by method, route and class of status.',
      labelNames: ['method', 'route', 'status'],
      buckets: HTTP_BUCKETS,
      registers: [register],
    });
    this.runs = new Counter({
      name: 'model_catalog_certification_runs_total',
      help: 'Certification runs that ended, by the status they ended with.',
      labelNames: ['status'],
      registers: [register],
    });
    for (const status of ENDS) this.runs.inc({ status }, 0);
    this.addCacheMetrics();
    this.addCounter(
      'model_catalog_metric_points_total',
      'Metric points by what became of them.',
      'result',
      () => ({ ...metrics.counts }),
    );
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
    this.runs.inc({ status: run.status });
  }

  /** The metrics as they are now, in Prometheus' text format, and its media type. */
  async scrape(): Promise<{ text: string; contentType: string }> {
    return { text: await this.registry.metrics(), contentType: this.registry.contentType };
  }

  private observe(request: FastifyRequest, reply: FastifyReply): void {
    const { method } = request;
    const route = request.routeOptions.url ?? 'unmatched';
    const status = `${String(reply.statusCode).charAt(0)}xx`;
    this.requests.observe({ method, route, status }, reply.elapsedTime / 1000);
  }

  private addCacheMetrics(): void {
    const { counts } = this.cache;
    this.addCounter(
      'model_catalog_cache_requests_total',
      'Requests to the cache: found, read from the database, or sharing a reading under way.',
      'result',
      () => ({ hit: counts.hits, miss: counts.misses, shared: counts.shared }),
    );
    this.addCounter(
      'model_catalog_cache_invalidations_total',
      'Tags found changed, by a write of this process or of another one.',
      'origin',
      () => ({ here: counts.invalidatedHere, elsewhere: counts.invalidatedElsewhere }),
    );
    new Gauge({
      name: 'model_catalog_cache_hit_ratio',
      help: 'Hits of all requests to the cache since the process started; 0 before the first.',
      registers: [this.registry],
      collect() {
        this.set(hitRatio(counts) ?? 0);
      },
    });
  }

  /** A counter whose values are counted elsewhere, by one label. */
  private addCounter(
    name: string,
    help: string,
    label: string,
    read: () => Record<string, number>,
  ): void {
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [key, value] of Object.entries(read())) this.inc({ [label]: key }, value);
      },
    });
  }
}
