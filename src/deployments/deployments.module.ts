import { Module } from '@nestjs/common';

import { InferenceModule } from '../inference/inference.module.js';
import { ModelsModule } from '../models/models.module.js';
import { LimitsModule } from '../shared/limits/limits.module.js';
import { DeploymentController } from './deployment.controller.js';
import { DeploymentService } from './deployment.service.js';
import { BatchWriter } from './import/batch-writer.js';
import { ImportController } from './import/import.controller.js';
import { ImportService } from './import/import.service.js';
import { InvocationTargetsController } from './invocation-targets/invocation-targets.controller.js';
import { InvocationTargetsService } from './invocation-targets/invocation-targets.service.js';
import { InvocationController } from './invoke/invocation.controller.js';
import { InvocationLimits } from './invoke/invocation-limits.js';
import { InvocationService } from './invoke/invocation.service.js';
import { ComparePricesService } from './prices/compare-prices.service.js';
import { PriceController } from './prices/price.controller.js';
import { PriceService } from './prices/price.service.js';
import { ModelCapabilitiesController } from './views/model-capabilities.controller.js';
import { ModelCapabilitiesService } from './views/model-capabilities.service.js';
import { ProviderModelsController } from './views/provider-models.controller.js';
import { ProviderModelsService } from './views/provider-models.service.js';
import { VendorAggregationService } from './views/vendor-aggregation.service.js';
import { VendorController } from './views/vendor.controller.js';

@Module({
  imports: [InferenceModule, ModelsModule, LimitsModule],
  controllers: [
    ImportController, // first: its path would else be taken for a model's id
    DeploymentController,
    InvocationController,
    PriceController,
    InvocationTargetsController,
    ProviderModelsController,
    ModelCapabilitiesController,
    VendorController,
  ],
  providers: [
    DeploymentService,
    InvocationLimits,
    InvocationService,
    PriceService,
    ComparePricesService,
    InvocationTargetsService,
    ImportService,
    BatchWriter,
    ProviderModelsService,
    ModelCapabilitiesService,
    VendorAggregationService,
  ],
  exports: [DeploymentService],
})
export class DeploymentsModule {}
