import { ApiProperty, PickType } from '@nestjs/swagger';

import { CertificationStatus } from '../../generated/prisma/client.js';
import { RegionProperty } from '../../shared/http/fields.js';
import { ProbeAttemptDto } from '../runs/probe-attempt.dto.js';

const nullable = { nullable: true } as const;

/** An attempt of a probe was recorded. */
export class ProbeEventDto extends PickType(ProbeAttemptDto, [
  'probe',
  'attempt',
  'verdict',
  'reason',
  'costUsd',
]) {
  @ApiProperty({ format: 'uuid', description: 'The run.' })
  runId: string;
}

/** A run is in another state than it was. */
export class RunEventDto {
  @ApiProperty({ format: 'uuid', description: 'The run.' })
  runId: string;

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
    type: Number,
    ...nullable,
    minimum: 0,
    maximum: 5,
    description: 'From 0 to 5, in steps of 0.1; null: none.',
  })
  rating: number | null;

  @ApiProperty({ type: String, ...nullable, description: 'The rating in a word; null: none.' })
  badge: string | null;

  @ApiProperty({
    type: String,
    ...nullable,
    description: 'The worst of what kept it from a better verdict, in words; null: nothing did.',
  })
  errorMessage: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    ...nullable,
    description: 'When a run that came to no verdict is tried again; null: it waits for no time.',
  })
  nextAttemptAt: string | null;
}
