import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';

import { CertificationQueueModule } from '../certification/certification.module.js';
import { HealthController } from './health.controller.js';
import { InfoService } from './info.service.js';
import { ReadinessService } from './readiness.service.js';

@Module({
  imports: [TerminusModule.forRoot({ logger: false }), CertificationQueueModule],
  controllers: [HealthController],
  providers: [ReadinessService, InfoService],
})
export class HealthModule {}
