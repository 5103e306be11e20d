import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
} from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Asked every few seconds by machines. */
const UNTRACED = /^\/(health\/|metrics$)/;

/** Gives every request a span, within the trace that its `traceparent` names. */
export function traceRequests(fastify: FastifyInstance): void {
  const tracer = trace.getTracer('model-catalog');
  const contexts = new WeakMap<FastifyRequest, Context>();
  fastify.addHook('onRequest', (request, _reply, next) => {
    const { method, headers } = request;
    const route = request.routeOptions.url ?? 'unmatched';
    if (UNTRACED.test(route)) return next();
    const caller = propagation.extract(ROOT_CONTEXT, headers);
    const attributes = {
      'http.request.method': method,
      'http.route': route,
      'request.id': request.id,
    };
    const span = tracer.startSpan(
      `${method} ${route}`,
      { kind: SpanKind.SERVER, attributes },
      caller,
    );
    const own = trace.setSpan(caller, span);
    contexts.set(request, own);
    context.with(own, next);
  });
  // A body comes in the context of its connection, which is no request's.
  fastify.addHook('preValidation', (request, _reply, next) => {
    context.with(contexts.get(request) ?? ROOT_CONTEXT, next);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const own = contexts.get(request);
    const span = own && trace.getSpan(own);
    span?.setAttribute('http.response.status_code', reply.statusCode);
    if (reply.statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
    done();
  });
}
