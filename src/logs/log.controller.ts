import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';

import { AtLeast } from '../shared/http/at-least.decorator.js';
import { Lists } from '../shared/http/endpoints.js';
import { LogDto, LogQuery } from './log.dto.js';
import { LogService } from './log.service.js';

@ApiTags('Logs')
@Controller('api/v2/logs')
export class LogController {
  constructor(private readonly logs: LogService) {}

  @Get()
  @AtLeast('ADMIN')
  @Lists(
    LogDto,
    'entries of the log',
    'Warnings, errors and the audit of all processes, newest first. They are written in batches, ' +
      'so that one may take a second to appear; changes of rows of the catalogue, of users, keys ' +
      'and settings appear with the change. Kept for LOG_RETENTION_DAYS.',
  )
  list(@Query() query: LogQuery) {
    return this.logs.list(query);
  }
}
