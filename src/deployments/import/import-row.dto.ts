import { OmitType } from '@nestjs/swagger';

import { BaseModelInput } from '../../models/base-model.dto.js';
import { TextField } from '../../shared/http/fields.js';
import { ObjectListField } from '../../shared/http/list-fields.js';
import { DeploymentInput } from '../deployment.dto.js';

/** A deployment of the row's model: provider and deploymentId say which one. */
export class ImportDeployment extends OmitType(DeploymentInput, [
  'baseModelId',
  'providerId',
  'priceChange',
  'confirmPriceJump',
]) {
  @TextField({
    description: 'Slug of the provider that hosts it.',
    example: 'openai',
    maxLength: 63,
  })
  provider: string;
}

/** A base model and deployments of it, all of their fields: the name says which model. */
export class ImportRow extends BaseModelInput {
  @ObjectListField({
    description: 'Deployments to add or replace; those not named are left alone.',
    of: ImportDeployment,
    minItems: 0,
    maxItems: 1_000,
    default: [],
  })
  deployments: ImportDeployment[] = [];
}
