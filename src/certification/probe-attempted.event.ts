import type { ProbeVerdict } from '../generated/prisma/client.js';

/** An attempt of a probe that is recorded. */
export interface AttemptedProbe {
  readonly probe: string;
  readonly verdict: ProbeVerdict;
  /** 0 when the probe was skipped. */
  readonly durationMs: number;
}

/** A probe was attempted, or skipped: told in the process that did it. */
export class ProbeAttemptedEvent {
  static readonly NAME = 'probe.attempted';

  constructor(readonly attempt: AttemptedProbe) {}
}
