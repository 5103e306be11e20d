import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';

import { ApiProblems } from '../shared/http/api.js';
import { AtLeast } from '../shared/http/at-least.decorator.js';
import { CallerName, CallingUser } from '../shared/http/caller.js';
import { ApiAnswer, Lists, Reads } from '../shared/http/endpoints.js';
import { IdempotencyKey } from '../shared/idempotency/idempotency-key.js';
import { IdempotencyService } from '../shared/idempotency/idempotency.service.js';
import { IdParam } from '../shared/http/id-param.js';
import { PageOf, PageQuery } from '../shared/http/paging.js';
import { AcceptedDto, CertificationRequest } from './certification-request.dto.js';
import { CertificationDto } from './certification.dto.js';
import { CertificationOfDeploymentQuery, CertificationQuery } from './certification.query.js';
import { ModelCertificationService } from './certification.service.js';
import { BatchDto } from './runs/batch.dto.js';
import { DetailedRunDto } from './runs/detailed-run.dto.js';

@ApiTags('Certification')
@Controller('api')
export class CertificationController {
  constructor(
    private readonly certification: ModelCertificationService,
    private readonly idempotency: IdempotencyService,
  ) {}

  @Post('certification-queue')
  @AtLeast('OPERATOR')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Certify a deployment',
    description:
      'Accepts one run per deployment and region and answers at once. The runs call the deployment, ' +
      'which costs tokens. Where a run is under way, the request joins it, force or not: there is ' +
      'never a second one. A run that nobody has taken up yet is raised to what both requests want: ' +
      'the deeper profile, discover if either, the smaller budget, the higher priority. One that has ' +
      'begun, or that another user asked for, stays as it is; when it tests less than is asked for ' +
      'or may cost more, a request for one deployment is a 409, and of several the answer says so ' +
      '(covered: false). Where a certificate still stands that is at least as deep, it is the answer ' +
      'unless force is set. At Amazon Bedrock, the runs of a user who stored AWS keys in their ' +
      "settings call with these, else with the service's.",
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    schema: { type: 'string', minLength: 1, maxLength: 255 },
    description:
      'The same request with the same key gets the same answer for 24 hours, and starts nothing ' +
      'again; another body under the key is a 422.',
  })
  @ApiAcceptedResponse({ type: AcceptedDto, description: 'Stored; it will be carried out.' })
  @ApiProblems(400, 404, 409, 422)
  request(
    @Body() request: CertificationRequest,
    @CallerName() caller: string | null,
    @CallingUser() userId: string | null,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.idempotency.once({ key, body: request }, (keep) =>
      this.certification.request(request, { caller, userId }, keep),
    );
  }

  @Get('certification-queue/batches/:id')
  @AtLeast('VIEWER')
  @ApiOperation({ summary: 'Follow runs that were asked for together' })
  @ApiAnswer(BatchDto, 'The batch.')
  @ApiProblems(400, 404)
  batch(@IdParam() id: string) {
    return this.certification.batch(id);
  }

  @Get('v2/certifications')
  @AtLeast('VIEWER')
  @Lists(CertificationDto, 'certifications')
  list(@Query() query: CertificationQuery) {
    return this.certification.list(query);
  }

  @Get('v2/deployments/:id/certifications')
  @AtLeast('VIEWER')
  @ApiOperation({ summary: 'List the certifications of a deployment' })
  @ApiAnswer(PageOf(CertificationDto), 'A page of its certifications.')
  @ApiProblems(400, 404)
  listOfDeployment(@IdParam() id: string, @Query() query: CertificationOfDeploymentQuery) {
    return this.certification.listOfDeployment(id, query);
  }

  @Get('v2/certifications/:id')
  @AtLeast('VIEWER')
  @Reads(CertificationDto, 'certification')
  get(@IdParam() id: string) {
    return this.certification.get(id);
  }

  @Get('v2/certifications/:id/runs')
  @AtLeast('VIEWER')
  @ApiOperation({ summary: 'List the runs of a certification, newest first, with their evidence' })
  @ApiAnswer(PageOf(DetailedRunDto), 'A page of its runs.')
  @ApiProblems(400, 404)
  runs(@IdParam() id: string, @Query() query: PageQuery) {
    return this.certification.runs(id, query);
  }
}
