import { AsyncResource } from 'node:async_hooks';

import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { inTime } from '../in-time.js';
import { problemOfThrown } from './problem.filter.js';
import { requestHeader } from './request-header.js';

/** Media type of server-sent events. */
export const EVENT_STREAM = 'text/event-stream';
/** Keeps the connection open through proxies while there is nothing to say. */
const HEARTBEAT_MS = 15_000;
const HEARTBEAT = ':\n\n';

export interface ServerEvent {
  /** What a client that comes back says it saw last; left out: nothing new to remember. */
  readonly id?: string;
  readonly event: string;
  readonly data: object;
}

/** The `Last-Event-ID` header of a client that comes back; undefined: it comes for the first time. */
export const LastEventId = requestHeader('last-event-id');

/** Whether the client asks for server-sent events by its `Accept` header. */
export const AcceptsEvents = createParamDecorator(
  (_: unknown, context: ExecutionContext): boolean => {
    const { accept = '' } = context.switchToHttp().getRequest<FastifyRequest>().headers;
    return accept
      .toLowerCase()
      .split(',')
      .some((range) => range.split(';')[0]?.trim() === EVENT_STREAM);
  },
);

/**
 * An answer that comes as server-sent events. What fails before the first event is answered as any
 * request that fails; later on, it is an `error` event with the problem document.
 */
export class EventStream {
  private readonly next: () => Promise<IteratorResult<ServerEvent, void>>;

  constructor(
    private readonly events: AsyncGenerator<ServerEvent, void>,
    private readonly heartbeatMs = HEARTBEAT_MS,
  ) {
    // Read by the connection, the events are still found on behalf of the request's caller.
    this.next = AsyncResource.bind(() => events.next());
  }

  /** Sets the headers. @returns the text of the stream, which is read as fast as the client reads */
  open(request: FastifyRequest, reply: FastifyReply): AsyncGenerator<string, void> {
    void reply.header('content-type', EVENT_STREAM);
    void reply.header('x-accel-buffering', 'no'); // nginx would hold the events back
    return this.texts(request);
  }

  private async *texts(request: FastifyRequest): AsyncGenerator<string, void> {
    const { events, heartbeatMs } = this;
    let begun = false;
    let next: Promise<IteratorResult<ServerEvent, void>> | null = null;
    try {
      for (;;) {
        next ??= this.next();
        next.catch(() => undefined); // it may fail while a heartbeat waits for the client
        const step = begun ? await inTime(next, heartbeatMs) : await next;
        if (step?.done === true) return;
        begun = true;
        if (step) next = null;
        yield step ? textOf(step.value) : HEARTBEAT;
      }
    } catch (error) {
      if (!begun) throw error;
      yield textOf({ event: 'error', data: problemOfThrown(request, error) });
    } finally {
      await events.return();
    }
  }
}

function textOf({ id, event, data }: ServerEvent): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
