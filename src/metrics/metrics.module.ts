import { Module } from '@nestjs/common';

import { CertificationQueueModule } from '../certification/certification.module.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsService } from './metrics.service.js';
import { PrometheusController } from './prometheus.controller.js';
import { PrometheusService } from './prometheus.service.js';
import { RollupDatabase } from './rollups/rollup-database.js';
import { MetricRollupService } from './rollups/rollup.service.js';

/** Records what happens in the process, and tells Prometheus: in every role. */
@Module({
  imports: [CertificationQueueModule],
  controllers: [PrometheusController],
  providers: [MetricsService, PrometheusService],
  exports: [MetricsService],
})
export class MetricsRecordingModule {}

/** Shows what all processes recorded. */
@Module({
  imports: [MetricsRecordingModule],
  controllers: [MetricsController],
})
export class MetricsModule {}

/** Sums up what all processes recorded: of the workers. */
@Module({ providers: [MetricRollupService, RollupDatabase] })
export class MetricRollupModule {}
