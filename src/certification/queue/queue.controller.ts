import { Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { ApiProblems } from '../../shared/http/api.js';
import { AtLeast } from '../../shared/http/at-least.decorator.js';
import { CallerName, CallingUser } from '../../shared/http/caller.js';
import { IdParam } from '../../shared/http/id-param.js';
import { ApiAnswer } from '../../shared/http/endpoints.js';
import { PageOf } from '../../shared/http/paging.js';
import { AcceptedDto } from '../certification-request.dto.js';
import { CancelledDto, JobQuery, QueueStateDto } from './queue.dto.js';
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

  @Delete('jobs/:jobId')
  @AtLeast('OPERATOR')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Cancel a certification job',
    description:
      'A run that waits is cancelled at once; one under way stops within two seconds and keeps ' +
      'what it found. The certificate keeps its last verdict.',
  })
  @ApiAcceptedResponse({
    type: RunDto,
    description: 'The run; its status says whether it is over.',
  })
  @ApiProblems(400, 404, 409)
  cancel(@Param('jobId') jobId: string) {
    return this.queue.cancel(jobId);
  }

  @Post('jobs/:jobId/retry')
  @AtLeast('OPERATOR')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Run a certification job again',
    description:
      'A new run, as the first one was asked for, of a job that did not certify. Its deployment ' +
      'must still be active, and offered in that region.',
  })
  @ApiAcceptedResponse({ type: AcceptedDto, description: 'Stored; it will be carried out.' })
  @ApiProblems(400, 404, 409)
  retry(
    @Param('jobId') jobId: string,
    @CallerName() caller: string | null,
    @CallingUser() userId: string | null,
  ) {
    return this.queue.retry(jobId, { caller, userId });
  }

  @Delete('batches/:id')
  @AtLeast('OPERATOR')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Cancel the runs of a batch',
    description: 'Those that another batch asked for too go on until it is cancelled as well.',
  })
  @ApiAcceptedResponse({ type: CancelledDto, description: 'What became of its runs.' })
  @ApiProblems(400, 404, 409)
  cancelBatch(@IdParam() id: string) {
    return this.queue.cancelBatch(id);
  }

  @Post('pause')
  @AtLeast('OPERATOR')
  @HttpCode(200)
  @ApiOperation({ summary: 'Let no worker take a new job; what is under way goes on' })
  @ApiOkResponse({ type: QueueStateDto, description: 'The state of the queue.' })
  @ApiProblems(503)
  pause() {
    return this.queue.setPaused(true);
  }

  @Post('resume')
  @AtLeast('OPERATOR')
  @HttpCode(200)
  @ApiOperation({ summary: 'Let the workers take jobs again' })
  @ApiOkResponse({ type: QueueStateDto, description: 'The state of the queue.' })
  @ApiProblems(503)
  resume() {
    return this.queue.setPaused(false);
  }
}
