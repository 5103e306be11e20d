import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';

import { AtLeast } from '../../shared/http/at-least.decorator.js';
import { ApiAnswer } from '../../shared/http/endpoints.js';
import { ScheduleDto } from './schedule.dto.js';
import { CertificationScheduleService } from './schedule.service.js';

@ApiTags('Certification')
@Controller('api/certification-queue/schedule')
export class CertificationScheduleController {
  constructor(private readonly schedule: CertificationScheduleService) {}

  @Get()
  @AtLeast('VIEWER')
  @ApiOperation({
    summary: 'Read the schedule of certifications',
    description:
      'When it is on, certificates are tested again in the last tenth of their life, failures when ' +
      'they expire, stale ones at once, and runs without verdict after one to six hours.',
  })
  @ApiAnswer(ScheduleDto, 'Whether it is on, what is due, and what it costs.')
  state() {
    return this.schedule.state();
  }
}
