import { ApiProperty } from '@nestjs/swagger';

import { InferenceType, type ModelDeployment, type Prisma } from '../generated/prisma/client.js';
import { readJsonObject } from '../shared/database/json.js';
import {
  Always,
  BooleanField,
  EnumField,
  JsonField,
  NumberField,
  TextField,
  TextListField,
  UuidField,
} from '../shared/http/fields.js';
import { PageQuery } from '../shared/http/paging.js';
import { REGION_PATTERN, REGION_RULE } from './region.js';

const MAX_PRICE = 1_000_000;

/** A deployment as a client writes it: all of it, on create and on update. */
export class DeploymentInput {
  @UuidField({ description: 'The base model that is deployed.' })
  baseModelId: string;

  @UuidField({ description: 'The provider that hosts it.' })
  providerId: string;

  @TextField({
    description: "The provider's own id, sent as it is; unique within the provider.",
    example: 'gpt-4-turbo-2024-04-09',
    maxLength: 2048,
  })
  deploymentId: string;

  @EnumField({
    description: 'How it is invoked.',
    values: InferenceType,
    name: 'InferenceType',
    default: 'ON_DEMAND',
  })
  inferenceType: InferenceType = 'ON_DEMAND';

  @JsonField({
    description: 'What only this provider needs to know.',
    optional: true,
    nullable: true,
  })
  providerConfig?: Prisma.InputJsonObject | null;

  @TextListField({
    description: 'Where it is offered; empty for a provider without regions.',
    example: ['us-east-1'],
    maxItems: 100,
    maxLength: 63,
    pattern: REGION_PATTERN,
    rule: REGION_RULE,
    default: [],
  })
  regions: string[] = [];

  @NumberField({
    description: 'US dollars per million input tokens.',
    example: 3,
    min: 0,
    max: MAX_PRICE,
  })
  costPer1MInput: number;

  @NumberField({
    description: 'US dollars per million output tokens.',
    example: 15,
    min: 0,
    max: MAX_PRICE,
  })
  costPer1MOutput: number;

  @NumberField({
    description: 'US dollars per hour of reserved throughput.',
    min: 0,
    max: MAX_PRICE,
    optional: true,
    nullable: true,
  })
  costPerHour?: number | null;

  @JsonField({
    description: "Parameters that override the base model's defaultParams.",
    optional: true,
    nullable: true,
  })
  customParams?: Prisma.InputJsonObject | null;

  @BooleanField({ description: 'Whether it may be used.', default: true })
  isActive: boolean = true;
}

/** A deployment as stored. */
export class DeploymentDto extends DeploymentInput {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @Always()
  override inferenceType: InferenceType;

  @Always()
  override providerConfig: Prisma.InputJsonObject | null;

  @Always()
  override regions: string[];

  @Always()
  override costPerHour: number | null;

  @Always()
  override customParams: Prisma.InputJsonObject | null;

  @Always()
  override isActive: boolean;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When its claims were last put to the test; null: never.',
  })
  capabilitiesVerifiedAt: Date | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'How they were: `auto_test` by a certification, `manual` by a person.',
    example: 'auto_test',
  })
  capabilitiesSource: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt: Date;

  static from(row: ModelDeployment): DeploymentDto {
    return {
      ...row,
      providerConfig: readJsonObject(row.providerConfig),
      customParams: readJsonObject(row.customParams),
    };
  }
}

/** Which deployments are listed. */
export class DeploymentQuery extends PageQuery {
  @UuidField({ description: 'Only those of this base model.', optional: true })
  baseModelId?: string;

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
}
