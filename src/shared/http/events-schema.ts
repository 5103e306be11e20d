import { getSchemaPath } from '@nestjs/swagger';

import { EVENT_STREAM } from './event-stream.js';

/**
 * How the document describes an answer of server-sent events.
 * @param events the class of each event's data, by the event's name
 */
export function eventsSchema(events: Readonly<Record<string, new () => object>>) {
  return {
    type: 'string' as const,
    description: 'Server-sent events; `contentSchema` has their names, and their data parsed.',
    contentMediaType: EVENT_STREAM,
    contentSchema: {
      type: 'array',
      items: {
        oneOf: Object.entries(events).map(([name, data]) => ({
          type: 'object',
          properties: {
            event: { type: 'string', enum: [name] },
            data: { $ref: getSchemaPath(data) },
          },
          required: ['event', 'data'],
        })),
      },
    },
  };
}
