import { ApiProperty } from '@nestjs/swagger';

import {
  CertificationProfile,
  CertificationStatus,
  StaleReason,
} from '../generated/prisma/client.js';

import { RegionProperty } from '../shared/http/fields.js';
import {
  CATEGORY,
  FailureReasonDto,
  LatencySampleDto,
  ProbeOutcomeDto,
  SEVERITY,
} from './evidence.dto.js';

const nullable = { nullable: true } as const;

/** The certificate of a deployment in a region. */
export class CertificationDto {
  @ApiProperty({ format: 'uuid', description: 'Its id here.' })
  id: string;

  @ApiProperty({ format: 'uuid', description: 'The deployment (our id).' })
  deploymentId: string;

  @RegionProperty()
  region: string;

  @ApiProperty({
    enum: CertificationStatus,
    enumName: 'CertificationStatus',
    description:
      'Of the latest run. COMPLETED: it ended without a verdict (throttled, outage); what the ' +
      'last verdict said below still stands.',
  })
  status: CertificationStatus;

  @ApiProperty({
    enum: CertificationStatus,
    enumName: 'CertificationStatus',
    ...nullable,
    description: 'The last verdict: CERTIFIED, QUALITY_WARNING or FAILED; null: none yet.',
  })
  lastVerdict: CertificationStatus | null;

  @ApiProperty({
    type: Boolean,
    ...nullable,
    description: 'Whether every declared core capability passed, by the last verdict.',
  })
  passed: boolean | null;

  @ApiProperty({ type: Number, ...nullable, minimum: 0, maximum: 5, description: 'Steps of 0.1.' })
  rating: number | null;

  @ApiProperty({
    type: String,
    ...nullable,
    description:
      'PREMIUM from 4.8, RECOMMENDED from 4, FUNCTIONAL from 3, LIMITED from 2, NOT_RECOMMENDED ' +
      'from 1, else UNAVAILABLE.',
    example: 'RECOMMENDED',
  })
  badge: string | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'number', nullable: true },
    ...nullable,
    description: 'The parts of the rating, each from 0 to 1.',
    example: { correctness: 1, reliability: 1, consistency: 1, latency: 0.9 },
  })
  scores: unknown;

  @ApiProperty({
    enum: CertificationProfile,
    enumName: 'CertificationProfile',
    ...nullable,
    description:
      'How much the verdict rests on. smoke: whether it answers and streams; standard: every claim, ' +
      'a context of 8,000 tokens; deep: every claim at its full size, each three times.',
  })
  profile: CertificationProfile | null;

  @ApiProperty({
    type: String,
    ...nullable,
    example: '2.0.0',
    description: 'Of the probes the verdict rests on. A new major version makes it stale.',
  })
  suiteVersion: string | null;

  @ApiProperty({ type: String, ...nullable, example: '1', description: 'Of the rating.' })
  formulaVersion: string | null;

  @ApiProperty({
    type: String,
    ...nullable,
    description:
      'Hash of what the verdict was earned with: the id at the provider, the inference type, the ' +
      'provider and its address, the declared capabilities.',
  })
  inputsHash: string | null;

  @ApiProperty({ type: [String], description: 'Declared capabilities that proved false.' })
  refuted: string[];

  @ApiProperty({ type: [String], description: 'Capabilities that work and are not declared.' })
  suggested: string[];

  @ApiProperty({ description: 'Whether expiresAt has passed, or staleSince is set.' })
  expired: boolean;

  @ApiProperty({
    type: String,
    format: 'date-time',
    ...nullable,
    description: 'Since when the deployment, its provider or the claims are other than certified.',
  })
  staleSince: string | null;

  @ApiProperty({
    enum: StaleReason,
    enumName: 'StaleReason',
    ...nullable,
    description: 'What changed: null while staleSince is null.',
  })
  staleReason: StaleReason | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    ...nullable,
    description: 'When the last verdict was reached, if it was not FAILED; else null.',
  })
  certifiedAt: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    ...nullable,
    description: 'Until when the last verdict holds; null: there is none.',
  })
  expiresAt: string | null;

  @ApiProperty({ type: String, ...nullable, description: 'Who asked for the verdict.' })
  certifiedBy: string | null;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'Probes that passed, by the last verdict.',
  })
  testsPassed: number;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'Probes that failed, by the last verdict.',
  })
  testsFailed: number;

  @ApiProperty({
    type: Number,
    ...nullable,
    minimum: 0,
    maximum: 1,
    description: 'Passed ÷ (passed + failed); null: nothing was tested.',
  })
  successRate: number | null;

  @ApiProperty({
    type: 'integer',
    ...nullable,
    description: 'Mean time of a whole answer of the latency sample, in milliseconds.',
  })
  avgLatencyMs: number | null;

  @ApiProperty({
    type: LatencySampleDto,
    ...nullable,
    description: 'The latency sample; empty: none was taken; null: there is no verdict.',
  })
  metrics: unknown;

  @ApiProperty({
    type: [ProbeOutcomeDto],
    ...nullable,
    description: 'Outcome of each probe of the last verdict.',
  })
  testResults: unknown;

  @ApiProperty({
    type: [FailureReasonDto],
    ...nullable,
    description: 'What kept it from a better verdict.',
  })
  failureReasons: unknown;

  @ApiProperty({ ...CATEGORY, description: 'Kind of the worst reason; null: there is none.' })
  errorCategory: string | null;

  @ApiProperty({ ...SEVERITY, description: 'How much it blocks; null: there is none.' })
  errorSeverity: string | null;

  @ApiProperty({ type: String, ...nullable, description: 'The worst reason, in words.' })
  errorMessage: string | null;

  @ApiProperty({ type: String, ...nullable, description: 'What went wrong in the latest run.' })
  lastError: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    ...nullable,
    description: 'When a run ended last, with or without a verdict; null: none did.',
  })
  lastTestedAt: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    ...nullable,
    description:
      'While the latest run waits after a fault of its provider: when it tries again by itself. ' +
      'Once it ended without a verdict: when another one is worth trying.',
  })
  nextAttemptAt: string | null;

  @ApiProperty({
    type: String,
    format: 'uuid',
    ...nullable,
    description: 'The latest run; null: there was none.',
  })
  lastRunId: string | null;

  @ApiProperty({ type: String, format: 'date-time', description: 'When it was first asked for.' })
  createdAt: string;

  @ApiProperty({ type: String, format: 'date-time', description: 'When it was last changed.' })
  updatedAt: string;
}
