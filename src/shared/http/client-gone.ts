import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** A signal that aborts when the client goes away before it has the whole answer. */
export const ClientGone = createParamDecorator(
  (_: unknown, context: ExecutionContext): AbortSignal => {
    const { raw } = context.switchToHttp().getResponse<FastifyReply>();
    const gone = new AbortController();
    const closed = () => {
      if (!raw.writableFinished) gone.abort();
    };
    if (raw.closed) closed();
    else raw.once('close', closed);
    return gone.signal;
  },
);
