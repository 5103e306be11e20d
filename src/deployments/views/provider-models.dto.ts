import { ApiProperty } from '@nestjs/swagger';

import { ProviderDto } from '../../providers/provider.dto.js';
import { PROVIDER_SORTS } from '../../providers/provider.listing.js';
import { EnumField, IntegerField } from '../../shared/http/fields.js';
import { PageQuery } from '../../shared/http/paging.js';
import { DeploymentDto } from '../deployment.dto.js';
import { ModelOfFamilyDto } from './model-name.dto.js';

const ORDERS = PROVIDER_SORTS.flatMap((field) => [field, `-${field}`]);

/** Which providers are listed with their deployments, and with how many. */
export class ProviderModelsQuery extends PageQuery {
  @IntegerField({
    description: 'Most deployments listed per provider.',
    min: 1,
    max: 200,
    default: 50,
    fromText: true,
  })
  deployments: number = 50;

  @EnumField({
    description: 'By which field of the provider; `-` for descending.',
    values: Object.fromEntries(ORDERS.map((order) => [order, order])),
    default: 'name',
  })
  sort: string = 'name';
}

/** A deployment and the base model it is one of. */
export class ModelAtProviderDto extends DeploymentDto {
  @ApiProperty({ type: ModelOfFamilyDto, description: 'The base model that it is.' })
  model: ModelOfFamilyDto;
}

/** A provider and its active deployments. */
export class ProviderModelsDto extends ProviderDto {
  @ApiProperty({ type: 'integer', minimum: 0, description: 'Its active deployments, all of them.' })
  deploymentCount: number;

  @ApiProperty({ type: [ModelAtProviderDto], description: 'The first of them, by deploymentId.' })
  deployments: ModelAtProviderDto[];

  @ApiProperty({
    description: 'Where all of them are listed.',
    example: '/api/v2/deployments?providerId=…&isActive=true',
  })
  deploymentsUrl: string;
}
