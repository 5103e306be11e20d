import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';

import { ApiProblems } from '../shared/http/api.js';
import { Open } from '../shared/http/at-least.decorator.js';
import { ApiAnswer } from '../shared/http/endpoints.js';
import { AliveDto, InfoDto, ReadyDto } from './health.dto.js';
import { InfoService } from './info.service.js';
import { ReadinessService } from './readiness.service.js';

@ApiTags('Health')
@Open()
@Controller('health')
export class HealthController {
  constructor(
    private readonly readiness: ReadinessService,
    private readonly about: InfoService,
  ) {}

  @Get('live')
  @ApiOperation({ summary: 'Whether the process runs' })
  @ApiAnswer(AliveDto, 'It does.')
  live() {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({
    summary: 'Whether it can do its work',
    description:
      'The database answers and lacks no migration, the queue answers, and the process is not ' +
      'stopping. Each of them has a second to say so. Otherwise 503, whose `indicators` say which.',
  })
  @ApiAnswer(ReadyDto, 'It can.')
  @ApiProblems(503)
  ready() {
    return this.readiness.check();
  }

  @Get('info')
  @ApiOperation({ summary: 'What the process is: version, roles, backends' })
  @ApiAnswer(InfoDto, 'What it is.')
  info() {
    return this.about.read();
  }
}
