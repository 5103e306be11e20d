import { InferenceType } from '../generated/prisma/client.js';
import { BooleanField, EnumField, RegionField, UuidField } from '../shared/http/fields.js';
import { PageQuery, SortField } from '../shared/http/paging.js';
import { DEPLOYMENT_SORTS } from './deployment.listing.js';

/** Which deployments of a base model are listed, and in which order. */
export class DeploymentOfModelQuery extends PageQuery {
  @UuidField({ description: 'Only those at this provider.', optional: true })
  providerId?: string;

  @EnumField({
    description: 'Only those invoked this way.',
    values: InferenceType,
    name: 'InferenceType',
    optional: true,
  })
  inferenceType?: InferenceType;

  @BooleanField({
    description: 'Only those that may be used, or may not.',
    optional: true,
    fromText: true,
  })
  isActive?: boolean;

  @RegionField('Only those offered in this region; `global`: those without regions.')
  region?: string;

  @BooleanField({
    description:
      'Only those with a certificate that says CERTIFIED and has not expired (in the region, when ' +
      'one is given), or without one.',
    optional: true,
    fromText: true,
  })
  certified?: boolean;

  @SortField(DEPLOYMENT_SORTS)
  sort: string = '-createdAt';
}

/** Which deployments are listed, and in which order. */
export class DeploymentQuery extends DeploymentOfModelQuery {
  @UuidField({ description: 'Only those of this base model.', optional: true })
  baseModelId?: string;
}
