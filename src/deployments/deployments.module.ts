import { Module } from '@nestjs/common';

import { ModelsModule } from '../models/models.module.js';
import { DeploymentController } from './deployment.controller.js';
import { DeploymentService } from './deployment.service.js';
import { ComparePricesService } from './prices/compare-prices.service.js';
import { PriceController } from './prices/price.controller.js';
import { PriceService } from './prices/price.service.js';

@Module({
  imports: [ModelsModule],
  controllers: [DeploymentController, PriceController],
  providers: [DeploymentService, PriceService, ComparePricesService],
  exports: [DeploymentService],
})
export class DeploymentsModule {}
