import { Module } from '@nestjs/common';

import { ModelsModule } from '../models/models.module.js';
import { DeploymentController } from './deployment.controller.js';
import { DeploymentService } from './deployment.service.js';
import { BatchWriter } from './import/batch-writer.js';
import { ImportController } from './import/import.controller.js';
import { ImportService } from './import/import.service.js';
import { ComparePricesService } from './prices/compare-prices.service.js';
import { PriceController } from './prices/price.controller.js';
import { PriceService } from './prices/price.service.js';

@Module({
  imports: [ModelsModule],
  controllers: [ImportController, DeploymentController, PriceController],
  providers: [DeploymentService, PriceService, ComparePricesService, ImportService, BatchWriter],
  exports: [DeploymentService],
})
export class DeploymentsModule {}
