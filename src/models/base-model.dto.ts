import { ApiProperty } from '@nestjs/swagger';

import type { BaseModel, Prisma } from '../generated/prisma/client.js';
import { readJsonObject } from '../shared/database/json.js';
import {
  Always,
  BooleanField,
  DateField,
  JsonField,
  ObjectField,
  TextField,
  UuidField,
} from '../shared/http/fields.js';
import { readCapabilities } from './capabilities.js';
import { CapabilitiesDto } from './capabilities.dto.js';

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

  @JsonField({
    description: 'Recommended parameters.',
    example: { temperature: 0.7, topP: 0.9, maxTokens: 4096 },
    optional: true,
    nullable: true,
  })
  defaultParams?: Prisma.InputJsonObject | null;

  @TextField({
    description: 'Words about it.',
    maxLength: 10_000,
    optional: true,
    nullable: true,
  })
  description?: string | null;

  @DateField({
    description: 'When it was published.',
    example: '2024-10-22',
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
  @ApiProperty({ format: 'uuid' })
  id: string;

  @Always()
  override family: string | null;

  @Always()
  override version: string | null;

  @Always()
  override defaultParams: Prisma.InputJsonObject | null;

  @Always()
  override description: string | null;

  @Always()
  override releaseDate: string | null;

  @Always()
  override deprecated: boolean;

  @Always()
  override replacedBy: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt: Date;

  static from(row: BaseModel): BaseModelDto {
    return {
      ...row,
      capabilities: readCapabilities(row.capabilities),
      defaultParams: readJsonObject(row.defaultParams),
      releaseDate: row.releaseDate?.toISOString() ?? null,
    };
  }
}
