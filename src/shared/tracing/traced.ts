import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes, Span } from '@opentelemetry/api';

/** Costs next to nothing, and makes nothing, while no tracing is set up. */
const tracer = trace.getTracer('model-catalog');

/** Does work within a span, as a child of whatever span it is asked for in. */
export function traced<T>(
  name: string,
  attributes: Attributes,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  return tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      fail(span, error instanceof Error ? error.name : 'Error');
      throw error;
    } finally {
      span.end();
    }
  });
}

/** A span of a call to another service, which whoever makes the call ends. */
export function callSpan(name: string, attributes: Attributes): Span {
  return tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes });
}

/** @param type kind of the fault, never its words: those may hold what is not for everybody */
export function fail(span: Span, type: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute('error.type', type);
}

/** Does work that is not part of what asks for it: it belongs to no trace so far. */
export function untraced<T>(work: () => T): T {
  return context.with(ROOT_CONTEXT, work);
}
