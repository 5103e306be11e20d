import { Module } from '@nestjs/common';

import { ModelsModule } from '../models/models.module.js';
import { DeploymentController } from './deployment.controller.js';
import { DeploymentService } from './deployment.service.js';

@Module({
  imports: [ModelsModule],
  controllers: [DeploymentController],
  providers: [DeploymentService],
  exports: [DeploymentService],
})
export class DeploymentsModule {}
