import { RegionField } from '../deployments/region.js';
import { CertificationStatus } from '../generated/prisma/client.js';
import { BooleanField, EnumField, UuidField } from '../shared/http/fields.js';
import { PageQuery, SortField } from '../shared/http/paging.js';
import { CERTIFICATION_SORTS } from './certification.listing.js';
import { Badge } from './rating.js';

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
    description: 'Only those whose expiresAt has passed, or has not; one without verdict has none.',
    optional: true,
    fromText: true,
  })
  expired?: boolean;

  @SortField(CERTIFICATION_SORTS)
  sort: string = '-createdAt';
}

/** Which certifications are listed, and in which order. */
export class CertificationQuery extends CertificationOfDeploymentQuery {
  @UuidField({ description: 'Only those of this deployment.', optional: true })
  deploymentId?: string;
}
