import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';

import { DeploymentsModule } from '../deployments/deployments.module.js';
import { IdempotencyService } from '../shared/idempotency/idempotency.service.js';
import { InferenceModule } from '../inference/inference.module.js';
import { AttemptStore } from './runs/attempt-store.js';
import { CapabilityValidationService } from './validation/capability-validation.service.js';
import { CertificationNews } from './runs/certification-news.js';
import { CERTIFICATION_QUEUE, CertificationQueue } from './queue/certification-queue.js';
import { CertificationRunStore } from './runs/certification-run.store.js';
import { CertificationRunner } from './runs/certification-runner.js';
import { CertificationController } from './certification.controller.js';
import { BatchEventsController } from './progress/batch-events.controller.js';
import { BatchEventsService } from './progress/batch-events.service.js';
import { QueueDepthService } from './queue/queue-depth.service.js';
import { CertificationQueueController } from './queue/queue.controller.js';
import { CertificationQueueService } from './queue/queue.service.js';
import { CertificationProcessor } from './queue/certification.processor.js';
import { ModelCertificationService } from './certification.service.js';
import { Heartbeat } from './runs/heartbeat.js';
import { Reconciler } from './runs/reconciler.js';
import { RunCancellation } from './runs/run-cancellation.js';
import { RunIntake } from './runs/run-intake.js';
import { SuiteChange } from './runs/suite-change.js';
import { WaitingRuns } from './runs/waiting-runs.js';
import { ScheduleKeeper } from './schedule/schedule-keeper.js';
import { SCHEDULE_QUEUE, ScheduleQueue } from './schedule/schedule-queue.js';
import { CertificationScheduleController } from './schedule/schedule.controller.js';
import { ScheduleProcessor } from './schedule/schedule.processor.js';
import { CertificationScheduleService } from './schedule/schedule.service.js';

/** Runs and their wake-ups: what the API and the workers share. */
@Module({
  imports: [BullModule.registerQueue({ name: CERTIFICATION_QUEUE })],
  providers: [
    CertificationNews,
    CertificationQueue,
    CertificationRunStore,
    QueueDepthService,
    RunCancellation,
    RunIntake,
  ],
  exports: [
    CertificationNews,
    CertificationQueue,
    CertificationRunStore,
    QueueDepthService,
    RunCancellation,
    RunIntake,
  ],
})
export class CertificationQueueModule {}

/** What is due, and when it is looked for: what the API shows and the workers carry out. */
@Module({
  imports: [BullModule.registerQueue({ name: SCHEDULE_QUEUE }), CertificationQueueModule],
  providers: [ScheduleQueue, CertificationScheduleService],
  exports: [ScheduleQueue, CertificationScheduleService],
})
class ScheduleModule {}

/** Accepts and shows certifications. */
@Module({
  imports: [CertificationQueueModule, ScheduleModule, DeploymentsModule],
  controllers: [
    CertificationController,
    CertificationQueueController,
    CertificationScheduleController,
    BatchEventsController,
  ],
  providers: [
    ModelCertificationService,
    CertificationQueueService,
    IdempotencyService,
    BatchEventsService,
  ],
})
export class CertificationModule {}

/** Carries them out. */
@Module({
  imports: [CertificationQueueModule, ScheduleModule, InferenceModule],
  providers: [
    CapabilityValidationService,
    WaitingRuns,
    Heartbeat,
    AttemptStore,
    CertificationRunner,
    CertificationProcessor,
    Reconciler,
    SuiteChange,
    ScheduleKeeper,
  ],
})
export class CertificationWorkerModule {}

/** Ticks: of the workers, when the schedule is on. */
@Module({ imports: [ScheduleModule], providers: [ScheduleProcessor] })
export class CertificationScheduleModule {}
