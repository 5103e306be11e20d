import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthCheck, HealthCheckService } from '@nestjs/terminus';

import { ApiProblems } from '../shared/http/api.js';
import { Open } from '../shared/http/at-least.decorator.js';
import { ApiAnswer } from '../shared/http/endpoints.js';
import { DatabaseIndicator } from './database.indicator.js';
import { AliveDto, ReadyDto } from './health.dto.js';

@ApiTags('Health')
@Open()
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: DatabaseIndicator,
  ) {}

  @Get('live')
  @ApiOperation({ summary: 'Whether the process runs' })
  @ApiAnswer(AliveDto, 'It does.')
  live() {
    return { status: 'ok' };
  }

  @Get('ready')
  @HealthCheck({ swaggerDocumentation: false })
  @ApiOperation({ summary: 'Whether it can do its work' })
  @ApiAnswer(ReadyDto, 'The database answers.')
  @ApiProblems(503)
  ready() {
    return this.health.check([() => this.database.check()]);
  }
}
