import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';

import { AtLeast } from '../../shared/http/at-least.decorator.js';
import { Cached } from '../../shared/http/cached.decorator.js';
import { Lists } from '../../shared/http/endpoints.js';
import { PageQuery } from '../../shared/http/paging.js';
import { VendorDto } from './vendor.dto.js';
import { VendorAggregationService } from './vendor-aggregation.service.js';

@ApiTags('Models')
@Controller('api/v2/vendors')
export class VendorController {
  constructor(private readonly vendors: VendorAggregationService) {}

  @Get()
  @AtLeast('VIEWER')
  @Cached('models', 'deployments', 'providers')
  @Lists(VendorDto, 'vendors', 'By name, each with what its base models come to.')
  list(@Query() query: PageQuery) {
    return this.vendors.list(query);
  }
}
