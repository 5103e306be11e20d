import { Module } from '@nestjs/common';

import { BaseModelController } from './base-model.controller.js';
import { BaseModelService } from './base-model.service.js';

@Module({
  controllers: [BaseModelController],
  providers: [BaseModelService],
  exports: [BaseModelService],
})
export class ModelsModule {}
