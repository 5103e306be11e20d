import { ApiProperty } from '@nestjs/swagger';

import {
  CertificationProfile,
  CertificationStatus,
  RunOrigin,
  RunPriority,
  type CertificationProbeResult,
  type CertificationRun,
} from '../../generated/prisma/client.js';
import { RegionProperty } from '../../shared/http/fields.js';
import { CATEGORY } from '../evidence.dto.js';
import { UNSETTLED } from '../validation/outcome.js';
import { probesOf } from '../validation/suite.js';

const nullable = { nullable: true } as const;

/** What has to be read beside a run to show how far it is. */
export const WITH_PROBES = { results: { select: { probe: true, verdict: true } } } as const;

export type ShownRun = CertificationRun & {
  readonly results: readonly Pick<CertificationProbeResult, 'probe' | 'verdict'>[];
};

/** One execution of the probes. */
export class RunDto {
  @ApiProperty({ format: 'uuid', description: 'Its id; that of its job is another.' })
  id: string;

  @ApiProperty({ format: 'uuid', description: 'The certificate that it decides.' })
  certificationId: string;

  @ApiProperty({ format: 'uuid', description: 'The deployment (our id).' })
  deploymentId: string;

  @RegionProperty()
  region: string;

  @ApiProperty({
    enum: CertificationStatus,
    enumName: 'CertificationStatus',
    description: 'How far it is, or how it ended.',
  })
  status: CertificationStatus;

  @ApiProperty({
    type: String,
    ...nullable,
    description: 'The job that wakes it, which jobs are found by; not its id. Null: none.',
  })
  jobId: string | null;

  @ApiProperty({
    enum: CertificationProfile,
    enumName: 'CertificationProfile',
    description: 'How much it tests.',
  })
  profile: CertificationProfile;

  @ApiProperty({
    enum: RunPriority,
    enumName: 'RunPriority',
    description: 'How soon it is carried out, of the runs that wait.',
  })
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

  @ApiProperty({
    type: Number,
    ...nullable,
    minimum: 0,
    maximum: 5,
    description:
      'What its outcomes come to, from 0 to 5 in steps of 0.1; null: it has not ended, or without a verdict.',
  })
  rating: number | null;

  @ApiProperty({ type: String, ...nullable, description: 'The rating in a word; null: none.' })
  badge: string | null;

  @ApiProperty({
    type: 'integer',
    ...nullable,
    description:
      'Mean time of a whole answer of the latency sample, in milliseconds; null: none was taken.',
  })
  avgLatencyMs: number | null;

  @ApiProperty({
    minimum: 0,
    description:
      'US dollars, by our prices and the reported usage; what is not reported counts as much as ' +
      'was asked for.',
  })
  costUsd: number;

  @ApiProperty({ description: 'Whether it also tries what is not declared.' })
  discover: boolean;

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

  @ApiProperty({ ...CATEGORY, description: 'Kind of the worst reason; null: there is none.' })
  errorCategory: string | null;

  @ApiProperty({
    type: String,
    ...nullable,
    description: 'The worst of what kept it from a better verdict, in words; null: nothing did.',
  })
  errorMessage: string | null;

  @ApiProperty({ example: '2.0.0', description: 'Of the probes.' })
  suiteVersion: string;

  @ApiProperty({ type: String, format: 'date-time', description: 'When it was asked for.' })
  createdAt: Date;

  @ApiProperty({
    type: String,
    format: 'date-time',
    ...nullable,
    description: 'When a worker took it first; null: none did.',
  })
  startedAt: Date | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    ...nullable,
    description: 'When it ended; null: it has not.',
  })
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
    const { profile, discover, priority, origin, maxCostUsd, refuted, suggested, avgLatencyMs } =
      row;
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
      discover,
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
