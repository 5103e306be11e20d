import { ApiProperty, PartialType } from '@nestjs/swagger';

import {
  Always,
  BooleanField,
  DateField,
  ObjectField,
  TextField,
  UuidField,
} from '../shared/http/fields.js';
import { PatchOf } from '../shared/http/patch-of.js';
import { CapabilitiesDto } from './capabilities.dto.js';
import { ParamsDto } from './params.dto.js';

/** A base model as a client writes it: all of it, on create and on update. */
export class BaseModelInput {
  @TextField({ description: 'Unique name.', example: 'Claude 3.5 Sonnet', maxLength: 200 })
  name: string;

  @TextField({ description: 'Who made it.', example: 'Anthropic', maxLength: 200 })
  vendor: string;

  @TextField({
    description: 'Line of models it belongs to.',
    example: 'Claude',
    maxLength: 200,
    optional: true,
    nullable: true,
  })
  family?: string | null;

  @TextField({
    description: 'Version within its family.',
    example: '3.5',
    maxLength: 100,
    optional: true,
    nullable: true,
  })
  version?: string | null;

  @ObjectField({ description: 'What it is claimed to do.', of: CapabilitiesDto })
  capabilities: CapabilitiesDto;

  @ObjectField({
    description: 'Recommended parameters.',
    of: ParamsDto,
    example: { temperature: 0.7, topP: 0.9, maxTokens: 4096 },
    optional: true,
    nullable: true,
  })
  defaultParams?: ParamsDto | null;

  @TextField({
    description: 'Words about it.',
    maxLength: 10_000,
    optional: true,
    nullable: true,
  })
  description?: string | null;

  @DateField({
    description: 'When it was published; a date alone, such as 2024-10-22, is midnight UTC.',
    example: '2024-10-22T00:00:00.000Z',
    optional: true,
    nullable: true,
  })
  releaseDate?: string | null;

  @BooleanField({ description: 'Whether its vendor withdraws it.', default: false })
  deprecated: boolean = false;

  @UuidField({
    description: 'Id of the base model that takes its place.',
    optional: true,
    nullable: true,
  })
  replacedBy?: string | null;
}

/** A base model as stored. */
export class BaseModelDto extends BaseModelInput {
  @ApiProperty({ format: 'uuid', description: 'Its id here.' })
  id: string;

  @Always()
  override family: string | null;

  @Always()
  override version: string | null;

  @Always()
  override defaultParams: ParamsDto | null;

  @Always()
  override description: string | null;

  @Always()
  override releaseDate: string | null;

  @Always()
  override deprecated: boolean;

  @Always()
  override replacedBy: string | null;

  @ApiProperty({ type: String, format: 'date-time', description: 'When it was added.' })
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time', description: 'When it was last changed.' })
  updatedAt: Date;
}

/** What a change of a base model says: a JSON merge patch. */
export class BaseModelPatch extends PatchOf(BaseModelInput) {
  @ApiProperty({ type: PartialType(CapabilitiesDto), required: false })
  override capabilities?: CapabilitiesDto;
}
