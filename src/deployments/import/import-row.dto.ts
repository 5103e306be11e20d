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
export class ImportRow extends OmitType(BaseModelInput, ['replacedBy']) {
  @TextField({
    description:
      'The base model that takes its place: its id, or its name, which may be that of another row.',
    example: 'GPT-4.1',
    maxLength: 200,
    optional: true,
    nullable: true,
  })
  replacedBy?: string | null;

  @ObjectListField({
    description: 'Deployments to add or replace; those not named are left alone.',
    of: ImportDeployment,
    minItems: 0,
    maxItems: 1_000,
    default: [],
  })
  deployments: ImportDeployment[] = [];
}
