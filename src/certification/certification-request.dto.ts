import { ApiProperty } from '@nestjs/swagger';

import {
  CertificationProfile,
  CertificationStatus,
  RunPriority,
} from '../generated/prisma/client.js';
import {
  BooleanField,
  EnumField,
  NumberField,
  RegionProperty,
  UUID_PATTERN,
  UUID_RULE,
  UuidField,
} from '../shared/http/fields.js';
import { TextListField } from '../shared/http/list-fields.js';
import { REGION_PATTERN, REGION_RULE } from '../shared/region.js';
import type { StartedBatch } from './runs/run-intake.js';

/** Deployments in one request. */
const MAX_DEPLOYMENTS = 500;

/** What is to be certified: exactly one of deploymentId, deploymentIds and all. */
export class CertificationRequest {
  @UuidField({
    description: 'A deployment (its uuid here, not the id at the provider).',
    optional: true,
  })
  deploymentId?: string;

  @TextListField({
    description: 'Several deployments (their uuids).',
    minItems: 1,
    maxItems: MAX_DEPLOYMENTS,
    maxLength: 36,
    pattern: UUID_PATTERN,
    rule: UUID_RULE,
    optional: true,
  })
  deploymentIds?: string[];

  @BooleanField({
    description: 'true: every active deployment of every active provider.',
    optional: true,
  })
  all?: boolean;

  @TextListField({
    description:
      'Regions to certify in, of those a deployment lists; left out: all of them. A deployment ' +
      'without regions is certified once, in the region `global`. Of several deployments, each ' +
      'is certified where it is offered.',
    example: ['us-east-1'],
    minItems: 1,
    maxItems: 100,
    maxLength: 63,
    pattern: REGION_PATTERN,
    rule: REGION_RULE,
    optional: true,
  })
  regions?: string[];

  @EnumField({
    description:
      'How much to test. smoke: whether it answers and streams; standard: every claim, with a ' +
      'context of 8,000 tokens; deep: every claim at its full size, each three times.',
    values: CertificationProfile,
    name: 'CertificationProfile',
    optional: true,
    default: 'standard',
  })
  profile: CertificationProfile = 'standard';

  @BooleanField({
    description: 'Also try what is not declared, and suggest what works.',
    optional: true,
    default: false,
  })
  discover: boolean = false;

  @BooleanField({
    description:
      'Run even where a certificate still stands. Without it, such a certificate is the answer ' +
      '(cached: true) and nothing is called.',
    optional: true,
    default: false,
  })
  force: boolean = false;

  @NumberField({
    description:
      'What one run may cost, in US dollars by our prices; a probe that might exceed it is left ' +
      'out. Left out: unbounded.',
    min: 0.000_001,
    max: 1_000_000,
    optional: true,
  })
  maxCostUsd?: number;

  @EnumField({
    description: 'Which of the waiting runs are carried out first.',
    values: RunPriority,
    name: 'RunPriority',
    optional: true,
    default: 'normal',
  })
  priority: RunPriority = 'normal';
}

/** A run that was accepted. */
export class AcceptedRunDto {
  @ApiProperty({ format: 'uuid', description: 'The certification.' })
  id: string;

  @ApiProperty({ format: 'uuid', description: 'The run that will decide it.' })
  runId: string;

  @ApiProperty({ format: 'uuid', description: 'The deployment (our id).' })
  deploymentId: string;

  @RegionProperty()
  region: string;

  @ApiProperty({
    enum: CertificationStatus,
    enumName: 'CertificationStatus',
    description: 'PENDING: stored a moment ago, and on its way into the queue.',
  })
  status: CertificationStatus;

  @ApiProperty({ description: 'The job that wakes the run.', type: String, nullable: true })
  jobId: string | null;

  @ApiProperty({
    enum: CertificationProfile,
    enumName: 'CertificationProfile',
    description: 'Of the run: it may be deeper than asked for.',
  })
  profile: CertificationProfile;

  @ApiProperty({ description: 'Whether the run also tries what is not declared.' })
  discover: boolean;

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'What the run may cost at most, in US dollars; null: unbounded.',
  })
  maxCostUsd: number | null;

  @ApiProperty({
    description:
      'Whether the run was asked for earlier. One that nobody had taken up yet was raised to what ' +
      'both requests want, unless it is that of another user.',
  })
  joined: boolean;

  @ApiProperty({
    description:
      'Whether the run tests all that is asked for and may cost no more. false: one that had begun, ' +
      'or was asked for by another user, tests less or may cost more; ask again once it has ended.',
  })
  covered: boolean;

  @ApiProperty({
    description: 'Whether nothing is run: the run that earned the certificate which still stands.',
  })
  cached: boolean;
}

/** The answer to a request. */
export class AcceptedDto {
  @ApiProperty({ format: 'uuid', description: 'Follow it at …/batches/:id.' })
  batchId: string;

  @ApiProperty({ type: [AcceptedRunDto], description: 'One for each deployment and region.' })
  certifications: AcceptedRunDto[];

  static from({ batchId, runs }: StartedBatch): AcceptedDto {
    const certifications = runs.map(({ run, joined, covered, cached }) => ({
      id: run.certificationId,
      runId: run.id,
      deploymentId: run.deploymentId,
      region: run.region,
      status: run.status,
      jobId: run.jobId,
      profile: run.profile,
      discover: run.discover,
      maxCostUsd: run.maxCostUsd,
      joined,
      covered,
      cached,
    }));
    return { batchId, certifications };
  }
}
