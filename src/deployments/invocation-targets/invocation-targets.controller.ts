import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';

import { ApiProblems } from '../../shared/http/api.js';
import { AtLeast } from '../../shared/http/at-least.decorator.js';
import { CallingUser } from '../../shared/http/caller.js';
import { ApiAnswer } from '../../shared/http/endpoints.js';
import { IdParam } from '../../shared/http/id-param.js';
import { InvocationTargetsDto, InvocationTargetsQuery } from './invocation-targets.dto.js';
import { InvocationTargetsService } from './invocation-targets.service.js';

@ApiTags('Deployments')
@Controller('api/v2/deployments/:id/invocation-targets')
export class InvocationTargetsController {
  constructor(private readonly targets: InvocationTargetsService) {}

  @Get()
  @AtLeast('VIEWER')
  @ApiOperation({
    summary: "Check whether a deployment's id can be invoked from a region",
    description:
      "Asks Amazon Bedrock's control plane, with the AWS keys of the caller's settings or else those " +
      'of the service; an answer is kept for ten minutes. Invokes nothing. Other providers cannot be asked: `usable` is null.',
  })
  @ApiAnswer(InvocationTargetsDto, 'What the provider says.')
  @ApiProblems(400, 404, 502, 504)
  check(
    @IdParam() id: string,
    @Query() query: InvocationTargetsQuery,
    @CallingUser() userId: string | null,
  ) {
    return this.targets.check(id, query, userId);
  }
}
