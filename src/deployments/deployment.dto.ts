import { ApiProperty } from '@nestjs/swagger';

import { InferenceType } from '../generated/prisma/client.js';
import { ParamsDto } from '../models/params.dto.js';
import {
  Always,
  BooleanField,
  EnumField,
  IntegerField,
  NumberField,
  ObjectField,
  TextField,
  UuidField,
} from '../shared/http/fields.js';
import { TextListField } from '../shared/http/list-fields.js';
import { PatchOf } from '../shared/http/patch-of.js';
import { REGION_PATTERN, REGION_RULE } from '../shared/region.js';
import { PriceChangeDto } from './prices/price-change.dto.js';
import { ProviderConfigDto } from './provider-config.dto.js';

const MAX_PRICE = 1_000_000;
const MAX_LIMIT = 2_000_000_000;

/** What a client writes and reads of a deployment. */
class DeploymentFields {
  @UuidField({ description: 'The base model that is deployed.' })
  baseModelId: string;

  @UuidField({ description: 'The provider that hosts it.' })
  providerId: string;

  @TextField({
    description:
      "The provider's own id, sent as it is; unique within the provider. At a provider with " +
      'aws_credentials it fits the inferenceType: a plain id for ON_DEMAND, one with a geographic ' +
      'prefix or a profile ARN for INFERENCE_PROFILE, a provisioned-model ARN for PROVISIONED.',
    example: 'gpt-4-turbo-2024-04-09',
    maxLength: 2048,
    pattern: /^[!-~]+$/,
    rule: 'must be printable ASCII without spaces',
  })
  deploymentId: string;

  @EnumField({
    description:
      'How it is invoked. PROVISIONED is reserved throughput: it needs costPerHour and its own ' +
      'ARN, as deploymentId or as providerConfig.arn (at Azure providerConfig.resourceId).',
    values: InferenceType,
    name: 'InferenceType',
    default: 'ON_DEMAND',
  })
  inferenceType: InferenceType = 'ON_DEMAND';

  @ObjectField({
    description: 'What only this provider needs to know.',
    of: ProviderConfigDto,
    optional: true,
    nullable: true,
  })
  providerConfig?: ProviderConfigDto | null;

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
    description: 'US dollars per hour of reserved throughput; with PROVISIONED and never without.',
    example: null,
    min: 0,
    max: MAX_PRICE,
    optional: true,
    nullable: true,
  })
  costPerHour?: number | null;

  @IntegerField({
    description:
      'Requests per minute it may be sent by invocations, over all processes, in windows of a ' +
      'minute that begin with their first request; null: no limit.',
    example: 600,
    min: 1,
    max: MAX_LIMIT,
    optional: true,
    nullable: true,
  })
  rpmLimit?: number | null;

  @IntegerField({
    description:
      'Tokens per minute it may be sent and asked for, in the same way; reserved by an estimate ' +
      'before the call, and settled when the provider has said what it used; null: no limit.',
    example: 200_000,
    min: 1,
    max: MAX_LIMIT,
    optional: true,
    nullable: true,
  })
  tpmLimit?: number | null;

  @ObjectField({
    description: "Parameters that override the base model's defaultParams.",
    of: ParamsDto,
    example: { temperature: 0.2 },
    optional: true,
    nullable: true,
  })
  customParams?: ParamsDto | null;

  @BooleanField({ description: 'Whether it may be used.', default: true })
  isActive: boolean = true;
}

/** A deployment as a client writes it: all of it, on create and on update. */
export class DeploymentInput extends DeploymentFields {
  @ObjectField({
    description: 'What the price history is told; needed only to say more than "now".',
    of: PriceChangeDto,
    optional: true,
  })
  priceChange?: PriceChangeDto;

  @BooleanField({
    description: 'Confirms a price that changes by 10 times or more, or to or from zero.',
    default: false,
  })
  confirmPriceJump: boolean = false;
}

/** What a change of a deployment says: a JSON merge patch. */
export class DeploymentPatch extends PatchOf(DeploymentInput) {}

/** A deployment as stored. */
export class DeploymentDto extends DeploymentFields {
  @ApiProperty({ format: 'uuid', description: 'Its id here.' })
  id: string;

  @Always()
  override inferenceType: InferenceType;

  @Always()
  override providerConfig: ProviderConfigDto | null;

  @Always()
  override regions: string[];

  @Always()
  override costPerHour: number | null;

  @Always()
  override rpmLimit: number | null;

  @Always()
  override tpmLimit: number | null;

  @Always()
  override customParams: ParamsDto | null;

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

  @ApiProperty({ type: String, format: 'date-time', description: 'When it was added.' })
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time', description: 'When it was last changed.' })
  updatedAt: Date;
}
