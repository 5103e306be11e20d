import { ApiProperty } from '@nestjs/swagger';

import {
  CertificationProfile,
  CertificationStatus,
  ProbeVerdict,
  RunOrigin,
  RunPriority,
  type CertificationProbeResult,
  type CertificationRun,
} from '../../generated/prisma/client.js';
import { UNSETTLED } from '../validation/outcome.js';
import { byTime, probesOf } from '../validation/suite.js';

const nullable = { nullable: true } as const;

/** One attempt of a probe. */
export class ProbeAttemptDto {
  @ApiProperty({ example: 'functionCalling' })
  probe: string;

  @ApiProperty({ type: 'integer', minimum: 1 })
  attempt: number;

  @ApiProperty({ enum: ProbeVerdict, enumName: 'ProbeVerdict' })
  verdict: ProbeVerdict;

  @ApiProperty({ type: String, ...nullable, example: 'NO_TOOL_CALL' })
  reason: string | null;

  @ApiProperty({ type: String, ...nullable })
  message: string | null;

  @ApiProperty({ type: [String] })
  warnings: string[];

  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description: 'Every request of the attempt: asked, answered, faults on the way, times, usage.',
  })
  evidence: unknown;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'As far as it is reported.' })
  inputTokens: number;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'As far as it is reported.' })
  outputTokens: number;

  @ApiProperty({ minimum: 0, description: 'US dollars.' })
  costUsd: number;

  @ApiProperty({ type: String, format: 'date-time' })
  startedAt: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  completedAt: Date;

  static from(row: CertificationProbeResult): ProbeAttemptDto {
    const { probe, attempt, verdict, reason, message, warnings, evidence } = row;
    const { inputTokens, outputTokens, costUsd, startedAt, completedAt } = row;
    return {
      probe,
      attempt,
      verdict,
      reason,
      message,
      warnings,
      evidence,
      inputTokens,
      outputTokens,
      costUsd,
      startedAt,
      completedAt,
    };
  }
}

/** What has to be read beside a run to show how far it is. */
export const WITH_PROBES = { results: { select: { probe: true, verdict: true } } } as const;

export type ShownRun = CertificationRun & {
  readonly results: readonly Pick<CertificationProbeResult, 'probe' | 'verdict'>[];
};

/** One execution of the probes. */
export class RunDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'uuid' })
  certificationId: string;

  @ApiProperty({ format: 'uuid' })
  deploymentId: string;

  @ApiProperty({ example: 'us-east-1' })
  region: string;

  @ApiProperty({ enum: CertificationStatus, enumName: 'CertificationStatus' })
  status: CertificationStatus;

  @ApiProperty({ type: String, ...nullable, description: 'The job that wakes it.' })
  jobId: string | null;

  @ApiProperty({ enum: CertificationProfile, enumName: 'CertificationProfile' })
  profile: CertificationProfile;

  @ApiProperty({ enum: RunPriority, enumName: 'RunPriority' })
  priority: RunPriority;

  @ApiProperty({
    enum: RunOrigin,
    enumName: 'RunOrigin',
    description: 'Whether somebody asked for it, or the schedule did.',
  })
  origin: RunOrigin;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description:
      'While it is under way: probes that are settled. While it waits: 0. Once it is over: probes ' +
      'that were begun or skipped.',
  })
  probesDone: number;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Probes of its profile.' })
  probesTotal: number;

  @ApiProperty({ type: Number, ...nullable, minimum: 0, maximum: 5 })
  rating: number | null;

  @ApiProperty({ type: String, ...nullable })
  badge: string | null;

  @ApiProperty({ type: 'integer', ...nullable })
  avgLatencyMs: number | null;

  @ApiProperty({
    minimum: 0,
    description:
      'US dollars, by our prices and the reported usage; what is not reported counts as much as ' +
      'was asked for.',
  })
  costUsd: number;

  @ApiProperty({
    type: Number,
    ...nullable,
    description: 'What it may cost at most, in US dollars; null: unbounded.',
  })
  maxCostUsd: number | null;

  @ApiProperty({ type: [String], description: 'Declared capabilities that proved false.' })
  refuted: string[];

  @ApiProperty({ type: [String], description: 'Capabilities that work and are not declared.' })
  suggested: string[];

  @ApiProperty({ type: String, ...nullable, example: 'RATE_LIMIT' })
  errorCategory: string | null;

  @ApiProperty({ type: String, ...nullable })
  errorMessage: string | null;

  @ApiProperty({ example: '2.0.0' })
  suiteVersion: string;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time', ...nullable })
  startedAt: Date | null;

  @ApiProperty({ type: String, format: 'date-time', ...nullable })
  completedAt: Date | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    ...nullable,
    description:
      'While it waits after a fault of its provider: when it tries again by itself. Once it ended ' +
      'without a verdict: when another run is worth its while.',
  })
  nextAttemptAt: Date | null;

  static from(row: ShownRun): RunDto {
    const { id, certificationId, deploymentId, region, status, jobId, rating, badge } = row;
    const { profile, priority, origin, maxCostUsd, refuted, suggested, avgLatencyMs } = row;
    const { costUsd, errorCategory, errorMessage, suiteVersion } = row;
    const { createdAt, startedAt, completedAt, nextAttemptAt } = row;
    return {
      id,
      certificationId,
      deploymentId,
      region,
      status,
      jobId,
      probesDone: probesDone(row),
      probesTotal: probesOf(profile),
      profile,
      priority,
      origin,
      maxCostUsd,
      refuted,
      suggested,
      rating,
      badge,
      avgLatencyMs,
      costUsd,
      errorCategory,
      errorMessage,
      suiteVersion,
      createdAt,
      startedAt,
      completedAt,
      nextAttemptAt,
    };
  }
}

function probesDone({ status, results }: ShownRun): number {
  if (status === 'PENDING' || status === 'QUEUED') return 0;
  const done =
    status === 'PROCESSING'
      ? results.filter(({ verdict }) => !UNSETTLED.includes(verdict))
      : results;
  return new Set(done.map(({ probe }) => probe)).size;
}

/** A run with every attempt. */
export class DetailedRunDto extends RunDto {
  @ApiProperty({ type: [ProbeAttemptDto], description: 'In the order in which they were made.' })
  attempts: ProbeAttemptDto[];

  static fromDetailed(
    row: CertificationRun & { results: readonly CertificationProbeResult[] },
  ): DetailedRunDto {
    const attempts = row.results.toSorted(byTime).map(ProbeAttemptDto.from);
    return { ...RunDto.from(row), attempts };
  }
}
