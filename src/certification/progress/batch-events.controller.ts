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
      'changes, `done` at the end. A client that comes back with `Last-Event-ID`, to any process, ' +
      'misses nothing; what happened within the two seconds before that event may come again.',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    schema: { type: 'string', format: 'date-time' },
    description: 'Id of the last event seen.',
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
