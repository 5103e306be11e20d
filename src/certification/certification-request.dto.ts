import { ApiProperty } from '@nestjs/swagger';

import { REGION_PATTERN, REGION_RULE } from '../deployments/region.js';
import { CertificationStatus } from '../generated/prisma/client.js';
import { UuidField } from '../shared/http/fields.js';
import { TextListField } from '../shared/http/list-fields.js';
import type { StartedRun } from './runs/run-intake.js';

/** What is to be certified. */
export class CertificationRequest {
  @UuidField({ description: 'The deployment (its uuid here, not the id at the provider).' })
  deploymentId: string;

  @TextListField({
    description:
      'Regions to certify it in, of those the deployment lists; left out: all of them. A ' +
      'deployment without regions is certified once, in the region `global`.',
    example: ['us-east-1'],
    minItems: 1,
    maxItems: 100,
    maxLength: 63,
    pattern: REGION_PATTERN,
    rule: REGION_RULE,
    optional: true,
  })
  regions?: string[];
}

/** A run that was accepted. */
export class AcceptedRunDto {
  @ApiProperty({ format: 'uuid', description: 'The certification.' })
  id: string;

  @ApiProperty({ format: 'uuid', description: 'The run that will decide it.' })
  runId: string;

  @ApiProperty({ format: 'uuid' })
  deploymentId: string;

  @ApiProperty({ example: 'us-east-1' })
  region: string;

  @ApiProperty({
    enum: CertificationStatus,
    enumName: 'CertificationStatus',
    description: 'PENDING: stored, but the queue does not answer; it will be asked again.',
  })
  status: CertificationStatus;

  @ApiProperty({ description: 'The job that wakes the run.', type: String, nullable: true })
  jobId: string | null;

  @ApiProperty({ description: 'Whether the run was under way already, asked for earlier.' })
  joined: boolean;
}

/** The answer to a request. */
export class AcceptedDto {
  @ApiProperty({ format: 'uuid', description: 'Follow it at …/batches/:id.' })
  batchId: string;

  @ApiProperty({ type: [AcceptedRunDto] })
  certifications: AcceptedRunDto[];

  static from(
    batchId: string,
    runs: readonly StartedRun[],
    statusOfNew: CertificationStatus,
  ): AcceptedDto {
    const certifications = runs.map(({ run, joined }) => ({
      id: run.certificationId,
      runId: run.id,
      deploymentId: run.deploymentId,
      region: run.region,
      status: joined ? run.status : statusOfNew,
      jobId: run.jobId,
      joined,
    }));
    return { batchId, certifications };
  }
}
