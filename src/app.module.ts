import { Global, Module, type DynamicModule } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';

import { AuthModule } from './auth/auth.module.js';
import {
  CertificationModule,
  CertificationScheduleModule,
  CertificationWorkerModule,
} from './certification/certification.module.js';
import { DeploymentsModule } from './deployments/deployments.module.js';
import { HealthModule } from './health/health.module.js';
import { AwsKeysOfUsers } from './inference/aws-keys-of-users.js';
import { LogsModule, LogsRecordingModule } from './logs/logs.module.js';
import {
  MetricRollupModule,
  MetricsModule,
  MetricsRecordingModule,
} from './metrics/metrics.module.js';
import { ModelsModule } from './models/models.module.js';
import { ProvidersModule } from './providers/providers.module.js';
import { SettingsModule } from './settings/settings.module.js';
import { UserAwsKeys } from './settings/user-aws-keys.js';
import { InvalidationChannel } from './shared/cache/invalidation-channel.js';
import { ModelCacheService } from './shared/cache/model-cache.service.js';
import { Config } from './shared/config.js';
import { PrismaService } from './shared/database/prisma.service.js';
import { Draining } from './shared/draining.js';
import { Messages } from './shared/messages/messages.js';
import { AnswerInterceptor } from './shared/http/answer.interceptor.js';
import { SecretBox } from './shared/secrets/secret-box.js';
import { QueueModule } from './shared/queue/queue.module.js';
import { RedisRetries } from './shared/queue/redis-retries.js';

const API = [
  AuthModule,
  SettingsModule,
  ModelsModule,
  ProvidersModule,
  DeploymentsModule,
  CertificationModule,
  MetricsModule,
  LogsModule,
];

function workerOf({ certificationSchedule }: Config) {
  const worker = [CertificationWorkerModule, MetricRollupModule];
  return certificationSchedule.on ? [...worker, CertificationScheduleModule] : worker;
}

/** The rooms of the service: all of them, or those of the process's role. */
@Global()
@Module({})
export class AppModule {
  static for(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        EventEmitterModule.forRoot(),
        LogsRecordingModule,
        QueueModule,
        HealthModule,
        MetricsRecordingModule,
        ...(config.role === 'worker' ? [] : API),
        ...(config.role === 'api' ? [] : workerOf(config)),
      ],
      providers: [
        { provide: Config, useValue: config },
        PrismaService,
        Draining,
        RedisRetries,
        Messages,
        InvalidationChannel,
        ModelCacheService,
        SecretBox,
        { provide: AwsKeysOfUsers, useClass: UserAwsKeys },
        { provide: APP_INTERCEPTOR, useClass: AnswerInterceptor },
      ],
      exports: [
        Config,
        PrismaService,
        Draining,
        RedisRetries,
        Messages,
        ModelCacheService,
        SecretBox,
        AwsKeysOfUsers,
      ],
    };
  }
}
