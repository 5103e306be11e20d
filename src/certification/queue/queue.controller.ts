import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';

import { ApiProblems } from '../../shared/http/api.js';
import { AtLeast } from '../../shared/http/at-least.decorator.js';
import { ApiAnswer } from '../../shared/http/endpoints.js';
import { PageOf } from '../../shared/http/paging.js';
import { JobQuery, QueueStateDto } from './queue.dto.js';
import { CertificationQueueService } from './queue.service.js';
import { RunDto } from '../runs/run.dto.js';

@ApiTags('Certification')
@Controller('api/certification-queue')
export class CertificationQueueController {
  constructor(private readonly queue: CertificationQueueService) {}

  @Get()
  @AtLeast('VIEWER')
  @ApiOperation({ summary: 'Read the state of the certification queue' })
  @ApiAnswer(QueueStateDto, 'Counts, whether it is paused, and its workers.')
  state() {
    return this.queue.state();
  }

  @Get('jobs')
  @AtLeast('VIEWER')
  @ApiOperation({ summary: 'List certification jobs, newest first' })
  @ApiAnswer(PageOf(RunDto), 'A page of jobs, each the run it stands for.')
  @ApiProblems(400)
  jobs(@Query() query: JobQuery) {
    return this.queue.jobs(query);
  }

  @Get('jobs/:jobId')
  @AtLeast('VIEWER')
  @ApiOperation({ summary: 'Read a certification job' })
  @ApiAnswer(RunDto, 'The run the job stands for.')
  @ApiProblems(400, 404)
  job(@Param('jobId') jobId: string) {
    return this.queue.job(jobId);
  }
}
