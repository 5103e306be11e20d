import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { ApiProblems } from '../shared/http/api.js';
import { AtLeast } from '../shared/http/at-least.decorator.js';
import { Caller } from '../shared/http/caller.js';
import { IdParam } from '../shared/http/id-param.js';
import { PageOf, PageQuery } from '../shared/http/paging.js';
import { AcceptedDto, CertificationRequest } from './certification-request.dto.js';
import { CertificationDto, CertificationQuery } from './certification.dto.js';
import { ModelCertificationService } from './certification.service.js';
import { BatchDto, DetailedRunDto } from './run.dto.js';

@ApiTags('Certification')
@Controller('api')
export class CertificationController {
  constructor(private readonly certification: ModelCertificationService) {}

  @Post('certification-queue')
  @AtLeast('OPERATOR')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Certify a deployment',
    description:
      'Accepts one run per region and answers at once. The runs call the deployment, which costs ' +
      'tokens. A region with a run under way joins that one.',
  })
  @ApiAcceptedResponse({ type: AcceptedDto, description: 'Stored; it will be carried out.' })
  @ApiProblems(400, 404, 409)
  request(@Body() request: CertificationRequest, @Caller() caller: string | null) {
    return this.certification.request(request, caller);
  }

  @Get('certification-queue/batches/:id')
  @AtLeast('VIEWER')
  @ApiOperation({ summary: 'Follow runs that were asked for together' })
  @ApiOkResponse({ type: BatchDto })
  @ApiProblems(400, 404)
  batch(@IdParam() id: string) {
    return this.certification.batch(id);
  }

  @Get('v2/certifications')
  @AtLeast('VIEWER')
  @ApiOperation({ summary: 'List certifications, newest first' })
  @ApiOkResponse({ type: PageOf(CertificationDto) })
  @ApiProblems(400)
  list(@Query() query: CertificationQuery) {
    return this.certification.list(query);
  }

  @Get('v2/certifications/:id')
  @AtLeast('VIEWER')
  @ApiOperation({ summary: 'Read a certification' })
  @ApiOkResponse({ type: CertificationDto })
  @ApiProblems(400, 404)
  get(@IdParam() id: string) {
    return this.certification.get(id);
  }

  @Get('v2/certifications/:id/runs')
  @AtLeast('VIEWER')
  @ApiOperation({ summary: 'List the runs of a certification, newest first, with their evidence' })
  @ApiOkResponse({ type: PageOf(DetailedRunDto) })
  @ApiProblems(400, 404)
  runs(@IdParam() id: string, @Query() query: PageQuery) {
    return this.certification.runs(id, query);
  }
}
