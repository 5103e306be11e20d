import { ApiProperty } from '@nestjs/swagger';

import { CertificationStatus, ProbeVerdict } from '../../generated/prisma/client.js';

const nullable = { nullable: true } as const;

/** An attempt of a probe was recorded. */
export class ProbeEventDto {
  @ApiProperty({ format: 'uuid' })
  runId: string;

  @ApiProperty({ example: 'functionCalling' })
  probe: string;

  @ApiProperty({ type: 'integer', minimum: 1 })
  attempt: number;

  @ApiProperty({ enum: ProbeVerdict, enumName: 'ProbeVerdict' })
  verdict: ProbeVerdict;

  @ApiProperty({ type: String, ...nullable, example: 'NO_TOOL_CALL' })
  reason: string | null;

  @ApiProperty({ minimum: 0, description: 'US dollars.' })
  costUsd: number;
}

/** A run is in another state than it was. */
export class RunEventDto {
  @ApiProperty({ format: 'uuid' })
  runId: string;

  @ApiProperty({ format: 'uuid' })
  deploymentId: string;

  @ApiProperty({ example: 'us-east-1' })
  region: string;

  @ApiProperty({ enum: CertificationStatus, enumName: 'CertificationStatus' })
  status: CertificationStatus;

  @ApiProperty({ type: Number, ...nullable, minimum: 0, maximum: 5 })
  rating: number | null;

  @ApiProperty({ type: String, ...nullable })
  badge: string | null;

  @ApiProperty({ type: String, ...nullable })
  errorMessage: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    ...nullable,
    description: 'When a run that came to no verdict is tried again; null: it waits for no time.',
  })
  nextAttemptAt: string | null;
}
