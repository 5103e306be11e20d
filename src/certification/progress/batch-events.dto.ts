import { ApiProperty, PickType } from '@nestjs/swagger';

import { ProbeAttemptDto } from '../runs/probe-attempt.dto.js';
import { RunDto } from '../runs/run.dto.js';

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
export class RunEventDto extends PickType(RunDto, [
  'deploymentId',
  'region',
  'status',
  'rating',
  'badge',
  'errorMessage',
]) {
  @ApiProperty({ format: 'uuid', description: 'The run.' })
  runId: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When a run that came to no verdict is tried again; null: it waits for no time.',
  })
  nextAttemptAt: string | null;
}
