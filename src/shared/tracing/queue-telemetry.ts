import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { Telemetry } from 'bullmq';

/** Carries the trace of whoever adds a job to whoever carries it out. */
export async function queueTelemetry(): Promise<Telemetry> {
  const { BullMQOtel } = await import('bullmq-otel');
  const telemetry = new BullMQOtel({ tracerName: 'bullmq' });
  // Without a root, a worker's checks for stalled jobs would all be part of one endless span.
  Object.assign(telemetry.contextManager, { root: () => ROOT_CONTEXT });
  return telemetry;
}
