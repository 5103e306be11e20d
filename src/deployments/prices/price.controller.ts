import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { ApiProblems } from '../../shared/http/api.js';
import { AtLeast } from '../../shared/http/at-least.decorator.js';
import { ChangesNothing } from '../../shared/http/changes-nothing.decorator.js';
import { Cached } from '../../shared/http/cached.decorator.js';
import { ApiAnswer } from '../../shared/http/endpoints.js';
import { IdParam } from '../../shared/http/id-param.js';
import { PageOf } from '../../shared/http/paging.js';
import { ComparePricesQuery, PriceComparisonDto } from './compare-prices.dto.js';
import { ComparePricesService } from './compare-prices.service.js';
import { CostEstimateDto, CostEstimateInput } from './cost-estimate.dto.js';
import { PriceDto, PriceQuery } from './price.dto.js';
import { PriceService } from './price.service.js';

@ApiTags('Prices')
@Controller('api/v2')
export class PriceController {
  constructor(
    private readonly prices: PriceService,
    private readonly comparison: ComparePricesService,
  ) {}

  @Get('deployments/:id/prices')
  @AtLeast('VIEWER')
  @Cached('deployments/:id')
  @ApiOperation({
    summary: "List a deployment's prices, now and before",
    description: 'What was recorded last comes first; with `at`, only what was in force then.',
  })
  @ApiAnswer(PageOf(PriceDto), 'A page of the price history.')
  @ApiProblems(400, 404)
  list(@IdParam() id: string, @Query() query: PriceQuery) {
    return this.prices.list(id, query);
  }

  @Get('models/:id/compare-prices')
  @AtLeast('VIEWER')
  @Cached('models/:id', 'models/:id/deployments', 'providers')
  @ApiOperation({
    summary: 'Compare what the same work costs at each deployment of a base model',
    description: 'Active deployments of active providers, cheapest first.',
  })
  @ApiAnswer(PriceComparisonDto, 'The offers.')
  @ApiProblems(400, 404)
  compare(@IdParam() id: string, @Query() query: ComparePricesQuery) {
    return this.comparison.compare(id, query);
  }

  @Post('cost-estimates')
  @AtLeast('VIEWER')
  @ChangesNothing()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Estimate what work costs, at a date',
    description: 'Changes nothing.',
  })
  @ApiOkResponse({ type: CostEstimateDto, description: 'The costs.' })
  @ApiProblems(400)
  estimate(@Body() input: CostEstimateInput) {
    return this.prices.estimate(input);
  }
}
