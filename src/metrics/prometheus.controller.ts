import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { Open } from '../shared/http/at-least.decorator.js';
import { PrometheusService } from './prometheus.service.js';

@ApiTags('Metrics')
@Open()
@Controller('metrics')
export class PrometheusController {
  constructor(private readonly prometheus: PrometheusService) {}

  /** Sends its answer itself: what a controller returns is answered as JSON. */
  @Get()
  @ApiOperation({ summary: 'Read the metrics of the process that answers, for Prometheus' })
  @ApiOkResponse({
    description: "Prometheus' text format, version 0.0.4.",
    content: { 'text/plain': { schema: { type: 'string' } } },
  })
  async scrape(@Res() reply: FastifyReply): Promise<void> {
    const { text, contentType } = await this.prometheus.scrape();
    void reply.type(contentType).send(text);
  }
}
