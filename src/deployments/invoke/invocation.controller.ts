import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';

import { ApiProblems } from '../../shared/http/api.js';
import { AtLeast } from '../../shared/http/at-least.decorator.js';
import { ChangesNothing } from '../../shared/http/changes-nothing.decorator.js';
import { CallingUser } from '../../shared/http/caller.js';
import { ClientGone } from '../../shared/http/client-gone.js';
import { AcceptsEvents, EVENT_STREAM } from '../../shared/http/event-stream.js';
import { eventsSchema } from '../../shared/http/events-schema.js';
import { IdParam } from '../../shared/http/id-param.js';
import { Problem } from '../../shared/http/problem.js';
import { InvocationInput } from './invocation-input.dto.js';
import { InvocationDeltaDto, InvocationDto } from './invocation.dto.js';
import { InvocationService } from './invocation.service.js';
import { INVOKE_PATH } from './invoke-body.js';
import { MESSAGE_MODELS } from './message.dto.js';

const EVENTS = eventsSchema({ delta: InvocationDeltaDto, done: InvocationDto, error: Problem });

@ApiTags('Invocation')
@Controller('api/v2')
export class InvocationController {
  constructor(private readonly invocations: InvocationService) {}

  @Post(INVOKE_PATH)
  @AtLeast('OPERATOR')
  @ChangesNothing()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Ask a deployment',
    description:
      'One call of the provider, never repeated, and ended as soon as the client goes away. With ' +
      '`stream`, or `Accept: text/event-stream`, the answer comes as server-sent events. The ' +
      "deployment's rpmLimit and tpmLimit hold over all processes, in windows of a minute that " +
      'begin with their first request; tokens are reserved by an estimate (characters / 4, and ' +
      'maxOutputTokens or 1,000) and settled when the provider has said what it used. A request ' +
      'that is refused takes nothing of the limits. A body may have 20 MB. At Amazon ' +
      "Bedrock, a user who stored AWS keys in their settings calls with these, else with the service's.",
  })
  @ApiExtraModels(...MESSAGE_MODELS, InvocationDto, InvocationDeltaDto)
  @ApiResponse({
    status: 200,
    description:
      'The answer. As events: `delta` with each piece, `done` with the whole answer as in JSON, ' +
      'or `error` with a problem when it fails later on; comments keep the connection open.',
    headers: {
      'Cache-Control': {
        description: 'Always `no-store`.',
        required: true,
        schema: { type: 'string' },
      },
    },
    content: {
      'application/json': { schema: { $ref: getSchemaPath(InvocationDto) } },
      [EVENT_STREAM]: { schema: EVENTS },
    },
  })
  @ApiProblems(400, 404, 409, 422, 429, 500, 502, 503, 504)
  invoke(
    @IdParam() id: string,
    @Body() input: InvocationInput,
    @AcceptsEvents() accepts: boolean,
    @CallingUser() userId: string | null,
    @ClientGone() gone: AbortSignal,
  ) {
    const streamed = input.stream ?? accepts;
    return this.invocations.answer({ id, input, userId }, streamed, gone);
  }
}
