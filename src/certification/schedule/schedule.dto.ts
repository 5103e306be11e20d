import { ApiProperty } from '@nestjs/swagger';

import { CertificationProfile } from '../../generated/prisma/client.js';
import { RegionProperty } from '../../shared/http/fields.js';
import { MAX_PER_TICK, type DueCertificate } from './due-certificates.js';

/** A certificate whose time to be tested again has come. */
export class DueCertificateDto implements DueCertificate {
  @ApiProperty({ format: 'uuid', description: 'The certification.' })
  id: string;

  @ApiProperty({ format: 'uuid', description: 'The deployment (our id).' })
  deploymentId: string;

  @RegionProperty()
  region: string;

  @ApiProperty({
    enum: CertificationProfile,
    enumName: 'CertificationProfile',
    description: 'That of the run that earned it: a shallower one would not renew it.',
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
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The user with whose AWS keys it was earned, and is tested again; null: nobody.',
  })
  userId: string | null;

  @ApiProperty({ type: String, format: 'date-time', description: 'Since when it is due.' })
  dueAt: Date;

  @ApiProperty({
    minimum: 0,
    description: 'What the run will cost, in US dollars; rather too much.',
  })
  estimateUsd: number;
}

/** How certificates are tested again by themselves. */
export class ScheduleDto {
  @ApiProperty({
    description: 'Whether the schedule is on, by the setting CERTIFICATION_SCHEDULE.',
  })
  enabled: boolean;

  @ApiProperty({ type: 'integer', minimum: 1, description: 'Seconds from one tick to the next.' })
  everySeconds: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When it looks for due certificates next; null: off, or the queue is away.',
  })
  nextTickAt: Date | null;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Certificates that are due now.' })
  due: number;

  @ApiProperty({
    type: [DueCertificateDto],
    maxItems: MAX_PER_TICK,
    description:
      'Those of them that are tested first, as far as the budget reaches; last, what alone exceeds it.',
  })
  next: DueCertificateDto[];

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Scheduled runs that have not ended.' })
  underWay: number;

  @ApiProperty({
    minimum: 0,
    description: 'What scheduled runs cost that ended within the last 24 hours, in US dollars.',
  })
  spentUsd: number;

  @ApiProperty({ minimum: 0, description: 'Estimated cost of those under way, in US dollars.' })
  reservedUsd: number;

  @ApiProperty({
    type: Number,
    nullable: true,
    minimum: 0,
    description: 'What scheduled runs may cost in 24 hours, in US dollars; null: no budget.',
  })
  dailyBudgetUsd: number | null;
}
