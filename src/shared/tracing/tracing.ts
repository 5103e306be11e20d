import { Logger } from '@nestjs/common';
import { diag, DiagLogLevel, SpanKind } from '@opentelemetry/api';

import type { TracingSettings } from '../config.js';
import { inTime } from '../in-time.js';
import { VERSION } from '../version.js';

/** A collector that is away keeps no process from stopping. */
const PATIENCE_MS = 2_000;

/** Spans on their way to a collector. */
export interface Tracing {
  /** Sends what is left, as far as the collector takes it. */
  close(): Promise<void>;
}

/** Sets tracing up for the whole process. The SDK is loaded here only, so that it costs nothing else. */
export async function startTracing({ endpoint, serviceName }: TracingSettings): Promise<Tracing> {
  const [sdk, { OTLPTraceExporter }, { resourceFromAttributes }, { W3CTraceContextPropagator }] =
    await Promise.all([
      import('@opentelemetry/sdk-trace-node'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/core'),
    ]);
  tellFaults();
  const { RECORD_AND_SAMPLED, NOT_RECORD } = sdk.SamplingDecision;
  const provider = new sdk.NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName, 'service.version': VERSION }),
    sampler: new sdk.ParentBasedSampler({
      root: {
        // BullMQ's own housekeeping, every few seconds, is no work that anybody asked for.
        shouldSample: (_context, _traceId, _name, kind) => ({
          decision: kind === SpanKind.INTERNAL ? NOT_RECORD : RECORD_AND_SAMPLED,
        }),
        toString: () => 'EverythingAskedFor',
      },
    }),
    spanProcessors: [
      new sdk.BatchSpanProcessor(
        new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` }),
      ),
    ],
  });
  // No baggage: what a client writes there would go into every job.
  provider.register({ propagator: new W3CTraceContextPropagator() });
  return {
    close: async () => {
      await inTime(
        provider.shutdown().catch(() => undefined),
        PATIENCE_MS,
      );
    },
  };
}

function tellFaults(): void {
  const logger = new Logger('Tracing');
  const warn = (message: string) => logger.warn(message);
  const silent = () => undefined;
  diag.setLogger(
    { error: warn, warn, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}
