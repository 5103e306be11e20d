import { Counter, Histogram, type Registry } from 'prom-client';

import type { FinishedRun } from '../certification/certification-finished.event.js';
import type { AttemptedProbe } from '../certification/probe-attempted.event.js';
import type { CertificationStatus } from '../generated/prisma/client.js';
import type { ProviderCall } from '../inference/provider-call.event.js';

const RUN_BUCKETS = [1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600];
const CALL_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/** A run that is cancelled is not told of: it has no end of its own. */
const ENDS: readonly CertificationStatus[] = [
  'CERTIFIED',
  'QUALITY_WARNING',
  'FAILED',
  'COMPLETED',
];

/**
 * What the process did for certifications and invocations. No label names a row: deployments and
 * providers are as many as operators add.
 */
export class WorkMetrics {
  private readonly runs: Counter;
  private readonly runSeconds: Histogram;
  private readonly runCost: Counter;
  private readonly probes: Counter;
  private readonly probeSeconds: Histogram;
  private readonly calls: Counter;
  private readonly callSeconds: Histogram;

  constructor(register: Registry) {
    const registers = [register];
    this.runs = new Counter({
      name: 'model_catalog_certification_runs_total',
      help: 'Certification runs that ended, by the status they ended with.',
      labelNames: ['status'],
      registers,
    });
    for (const status of ENDS) this.runs.inc({ status }, 0);
    this.runSeconds = new Histogram({
      name: 'model_catalog_certification_run_duration_seconds',
      help: 'Time from the first claim of a certification run to its end, waits between tries included.',
      labelNames: ['status'],
      buckets: RUN_BUCKETS,
      registers,
    });
    this.runCost = new Counter({
      name: 'model_catalog_certification_cost_usd_total',
      help: 'What the certification runs that ended cost, in US dollars by our own prices.',
      registers,
    });
    this.probes = new Counter({
      name: 'model_catalog_probe_attempts_total',
      help: 'Attempts of probes that were recorded, by probe and verdict; skipped ones too.',
      labelNames: ['probe', 'verdict'],
      registers,
    });
    this.probeSeconds = new Histogram({
      name: 'model_catalog_probe_duration_seconds',
      help: 'Duration of the attempts of probes that were made.',
      labelNames: ['probe'],
      buckets: CALL_BUCKETS,
      registers,
    });
    this.calls = new Counter({
      name: 'model_catalog_provider_calls_total',
      help: 'Calls to providers, by adapter and operation, and OK or the category of the fault.',
      labelNames: ['adapter', 'operation', 'outcome'],
      registers,
    });
    this.callSeconds = new Histogram({
      name: 'model_catalog_provider_call_duration_seconds',
      help: 'Duration of calls to providers, streams to their end, by adapter and operation.',
      labelNames: ['adapter', 'operation'],
      buckets: CALL_BUCKETS,
      registers,
    });
  }

  runEnded({ status, durationMs, costUsd }: FinishedRun): void {
    this.runs.inc({ status });
    this.runSeconds.observe({ status }, durationMs / 1_000);
    this.runCost.inc(costUsd);
  }

  probeAttempted({ probe, verdict, durationMs }: AttemptedProbe): void {
    this.probes.inc({ probe, verdict });
    if (!verdict.startsWith('SKIPPED')) this.probeSeconds.observe({ probe }, durationMs / 1_000);
  }

  providerCalled({ adapter, operation, category, durationMs }: ProviderCall): void {
    this.calls.inc({ adapter, operation, outcome: category ?? 'OK' });
    this.callSeconds.observe({ adapter, operation }, durationMs / 1_000);
  }
}
