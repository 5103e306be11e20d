import { Controller, Get, Header } from '@nestjs/common';
import { ApiExtraModels, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';

import { ApiProblems } from '../../shared/http/api.js';
import { AtLeast } from '../../shared/http/at-least.decorator.js';
import { ClientGone } from '../../shared/http/client-gone.js';
import { EVENT_STREAM, LastEventId } from '../../shared/http/event-stream.js';
import { eventsSchema } from '../../shared/http/events-schema.js';
import { IdParam } from '../../shared/http/id-param.js';
import { BatchProgressDto } from '../runs/batch.dto.js';
import { ProbeEventDto, RunEventDto } from './batch-events.dto.js';
import { BatchEventsService } from './batch-events.service.js';

const EVENTS = eventsSchema({
  probe: ProbeEventDto,
  run: RunEventDto,
  progress: BatchProgressDto,
  done: BatchProgressDto,
});

@ApiTags('Certification')
@Controller('api/certification-queue')
export class BatchEventsController {
  constructor(private readonly events: BatchEventsService) {}

  @Get('batches/:id/events')
  @AtLeast('VIEWER')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Follow a batch as server-sent events',
    description:
      '`probe` for each attempt recorded, `run` for each state a run is in, `progress` when it ' +
      'changes, `done` at the end. The last of the events that were found together has an `id`: a ' +
      'client that comes back with it as `Last-Event-ID`, to any process, misses nothing, and is ' +
      'told again only what came after it. Without an end, the process is closing: come back.',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    schema: { type: 'string', example: '804:806:804' },
    description: 'The last id seen.',
  })
  @ApiExtraModels(ProbeEventDto, RunEventDto, BatchProgressDto)
  @ApiResponse({
    status: 200,
    description: 'The events; comments keep the connection open.',
    headers: {
      'Cache-Control': {
        description: 'Always `no-store`.',
        required: true,
        schema: { type: 'string' },
      },
    },
    content: { [EVENT_STREAM]: { schema: EVENTS } },
  })
  @ApiProblems(400, 404)
  follow(
    @IdParam() id: string,
    @LastEventId() lastEventId: string | undefined,
    @ClientGone() gone: AbortSignal,
  ) {
    return this.events.follow(id, lastEventId, gone);
  }
}
