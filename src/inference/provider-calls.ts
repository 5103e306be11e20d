import type { EventEmitter2 } from '@nestjs/event-emitter';
import type { Span } from '@opentelemetry/api';

import { callSpan, fail } from '../shared/tracing/traced.js';
import type { InferenceTarget } from './adapter.js';
import { InferenceError, type ErrorCategory } from './inference-error.js';
import { ProviderCalledEvent, type ProviderCall } from './provider-call.event.js';

type Operation = ProviderCall['operation'];

/** Tells of calls to providers: to whoever counts them, and to the trace they are part of. */
export class ProviderCalls {
  constructor(private readonly events: EventEmitter2) {}

  begin(adapter: string, operation: Operation, target: InferenceTarget): CallUnderWay {
    return new CallUnderWay(this.events, adapter, operation, target);
  }

  /** Tells of a call that is over as soon as the work is. */
  async observe<T>(call: CallUnderWay, work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      call.end(null);
      return result;
    } catch (error) {
      call.end(categoryOf(error));
      throw error;
    }
  }

  /** Tells of a call that is over when its stream is, or when nobody reads it any more. */
  async *observeStream<Chunk, Result>(
    call: CallUnderWay,
    open: () => Promise<AsyncGenerator<Chunk, Result>>,
  ): AsyncGenerator<Chunk, Result> {
    let category: ErrorCategory | null = 'CANCELLED';
    try {
      const result = yield* await open();
      category = null;
      return result;
    } catch (error) {
      category = categoryOf(error);
      throw error;
    } finally {
      call.end(category);
    }
  }
}

/** A call that has begun. */
class CallUnderWay {
  private readonly span: Span;
  private readonly startedAt = performance.now();

  constructor(
    private readonly events: EventEmitter2,
    private readonly adapter: string,
    private readonly operation: Operation,
    { modelId, region, providerSlug }: InferenceTarget,
  ) {
    this.span = callSpan(`${operation} ${adapter}`, {
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': adapter,
      'gen_ai.request.model': modelId,
      'provider.slug': providerSlug,
      'provider.region': region,
    });
  }

  end(category: ErrorCategory | null): void {
    const { adapter, operation } = this;
    const durationMs = performance.now() - this.startedAt;
    if (category !== null) fail(this.span, category);
    this.span.end();
    const call = { adapter, operation, category, durationMs };
    this.events.emit(ProviderCalledEvent.NAME, new ProviderCalledEvent(call));
  }
}

function categoryOf(error: unknown): ErrorCategory {
  return error instanceof InferenceError ? error.category : 'INTERNAL_ERROR';
}
