import { CertificationStatus } from '../generated/prisma/client.js';
import { BooleanField, EnumField, RegionField, UuidField } from '../shared/http/fields.js';
import { PageQuery, SortField } from '../shared/http/paging.js';
import { ClaimName } from '../models/capabilities.js';
import { CERTIFICATION_SORTS } from './certification.listing.js';
import { Badge } from './validation/rating.js';

/** Which certifications of a deployment are listed, and in which order. */
export class CertificationOfDeploymentQuery extends PageQuery {
  @RegionField('Only the one in this region.')
  region?: string;

  @EnumField({
    description: 'Only those whose latest run has this status.',
    values: CertificationStatus,
    name: 'CertificationStatus',
    optional: true,
  })
  status?: CertificationStatus;

  @EnumField({
    description: 'Only those with this badge.',
    values: Badge,
    name: 'Badge',
    optional: true,
  })
  badge?: Badge;

  @BooleanField({
    description:
      'Only those whose time has passed or that are stale, or neither; one without verdict is neither.',
    optional: true,
    fromText: true,
  })
  expired?: boolean;

  @EnumField({
    description: 'Only those whose last verdict refuted this claim.',
    values: ClaimName,
    name: 'ClaimName',
    optional: true,
  })
  refuted?: ClaimName;

  @SortField(CERTIFICATION_SORTS)
  sort: string = '-createdAt';
}

/** Which certifications are listed, and in which order. */
export class CertificationQuery extends CertificationOfDeploymentQuery {
  @UuidField({ description: 'Only those of this deployment.', optional: true })
  deploymentId?: string;
}
