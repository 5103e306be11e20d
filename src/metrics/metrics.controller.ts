import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';

import { ApiProblems } from '../shared/http/api.js';
import { AtLeast } from '../shared/http/at-least.decorator.js';
import { ApiAnswer } from '../shared/http/endpoints.js';
import { IdParam } from '../shared/http/id-param.js';
import { DeploymentMetricsDto, MetricsDto } from './metrics.dto.js';
import { MetricsOfDeploymentQuery, MetricsQuery } from './metrics.query.js';
import { MetricsService } from './metrics.service.js';
import { UptimeDto } from './uptime.dto.js';

@ApiTags('Metrics')
@Controller('api/v2/metrics')
export class MetricsController {
  constructor(private readonly metrics: MetricsService) {}

  @Get()
  @AtLeast('VIEWER')
  @ApiOperation({ summary: 'Read the metrics of deployments over time, and those of the cache' })
  @ApiAnswer(MetricsDto, 'One series for each type.')
  @ApiProblems(400)
  read(@Query() query: MetricsQuery) {
    return this.metrics.read(query);
  }

  @Get(':deploymentId')
  @AtLeast('VIEWER')
  @ApiOperation({ summary: 'Read the metrics of one deployment over time' })
  @ApiAnswer(DeploymentMetricsDto, 'One series for each type.')
  @ApiProblems(400, 404)
  readOfDeployment(
    @IdParam('deploymentId') deploymentId: string,
    @Query() query: MetricsOfDeploymentQuery,
  ) {
    return this.metrics.readOfDeployment(deploymentId, query);
  }

  @Get(':deploymentId/uptime')
  @AtLeast('VIEWER')
  @ApiOperation({ summary: 'Read how often a deployment answered lately' })
  @ApiAnswer(UptimeDto, 'Uptime and error rate over 5 minutes, an hour, a day and 30 days.')
  @ApiProblems(400, 404)
  uptime(@IdParam('deploymentId') deploymentId: string) {
    return this.metrics.uptime(deploymentId);
  }
}
