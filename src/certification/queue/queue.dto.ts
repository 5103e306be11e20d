import { ApiProperty } from '@nestjs/swagger';

import { CertificationStatus } from '../../generated/prisma/client.js';
import { EnumField, RegionField, UuidField } from '../../shared/http/fields.js';
import { PageQuery } from '../../shared/http/paging.js';

/** How many runs have each status. */
export class RunCountsDto implements Record<CertificationStatus, number> {
  @ApiProperty({ type: 'integer', minimum: 0, description: 'Stored, not yet taken by the queue.' })
  PENDING: number;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Waiting for a worker.' })
  QUEUED: number;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Under way.' })
  PROCESSING: number;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Ended without a verdict.' })
  COMPLETED: number;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Ended with this verdict.' })
  FAILED: number;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'Cancelled before they came to a verdict.',
  })
  CANCELLED: number;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Ended with this verdict.' })
  CERTIFIED: number;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Ended with this verdict.' })
  QUALITY_WARNING: number;

  /** @param groups numbers of runs by status; several of one status are added up */
  static from(groups: readonly (readonly [CertificationStatus, number])[]): RunCountsDto {
    const count = (wanted: CertificationStatus) =>
      groups.reduce((sum, [status, runs]) => sum + (status === wanted ? runs : 0), 0);
    return {
      PENDING: count('PENDING'),
      QUEUED: count('QUEUED'),
      PROCESSING: count('PROCESSING'),
      COMPLETED: count('COMPLETED'),
      FAILED: count('FAILED'),
      CANCELLED: count('CANCELLED'),
      CERTIFIED: count('CERTIFIED'),
      QUALITY_WARNING: count('QUALITY_WARNING'),
    };
  }
}

/** The state of the queue. */
export class QueueStateDto {
  @ApiProperty({ type: RunCountsDto, description: 'Runs by status, from the database.' })
  counts: RunCountsDto;

  @ApiProperty({
    type: Boolean,
    nullable: true,
    description: 'Whether workers take no new jobs; null: the queue does not answer.',
  })
  paused: boolean | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    minimum: 0,
    description: 'Workers connected to the queue; null: the queue does not answer.',
  })
  workers: number | null;
}

/** What became of the runs of a batch that was cancelled. */
export class CancelledDto {
  @ApiProperty({ type: 'integer', minimum: 0, description: 'Waited, and are over.' })
  cancelled: number;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Under way; they stop within 2 s.' })
  stopping: number;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Wanted by another batch; they go on.' })
  left: number;
}

/** Which jobs are listed: a job is a run that was asked for. */
export class JobQuery extends PageQuery {
  @UuidField({ description: 'Only those of this deployment.', optional: true })
  deploymentId?: string;

  @RegionField('Only those in this region.')
  region?: string;

  @EnumField({
    description: 'Only those with this status.',
    values: CertificationStatus,
    name: 'CertificationStatus',
    optional: true,
  })
  status?: CertificationStatus;
}
