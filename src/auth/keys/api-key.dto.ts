import { ApiProperty } from '@nestjs/swagger';

import { Always, DateField, EnumField, TextField, UuidField } from '../../shared/http/fields.js';
import { PageQuery, SortField } from '../../shared/http/paging.js';
import { RoleName } from '../role.dto.js';
import { API_KEY_SORTS } from './api-key.listing.js';

/** A new API key as a client asks for it. */
export class ApiKeyInput {
  @TextField({
    description:
      'Unique for ever, also once the key is revoked: it is written into what is done with the ' +
      'key. Without @, which only email addresses have; ADMIN_API_KEY is that of the setting.',
    example: 'nightly certifications',
    maxLength: 200,
    pattern: /^[^@]+$/,
    rule: 'must not contain @',
  })
  name: string;

  @EnumField({
    description: 'What it may do; never more than its user may at the time.',
    values: RoleName,
    name: 'Role',
    default: 'viewer',
  })
  role: RoleName = 'viewer';

  @UuidField({
    description: "Whose key it is: it is revoked with the user. Null: nobody's in particular.",
    optional: true,
    nullable: true,
  })
  userId?: string | null;

  @DateField({
    description: 'From when it is refused; null: never.',
    example: '2999-12-31T00:00:00Z',
    optional: true,
    nullable: true,
  })
  expiresAt?: string | null;
}

/** An API key, without its text. */
export class ApiKeyDto extends ApiKeyInput {
  @ApiProperty({ format: 'uuid', description: 'Its id here.' })
  id: string;

  @ApiProperty({ description: 'What the key begins with.', example: 'mc_Zk3hQ2x' })
  prefix: string;

  @Always()
  override role: RoleName;

  @Always()
  override userId: string | null;

  @Always()
  override expiresAt: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Who made it: the name of a key, or an email address; null: the service itself.',
  })
  createdBy: string | null;

  @ApiProperty({ type: String, format: 'date-time', description: 'When it was added.' })
  createdAt: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Null: it is not.',
  })
  revokedAt: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'To within a minute; null: it never was.',
  })
  lastUsedAt: string | null;
}

/** An API key just made. */
export class NewApiKeyDto extends ApiKeyDto {
  @ApiProperty({
    description: 'The key itself, to be sent as `Authorization: Bearer <key>`. Shown only now.',
  })
  key: string;
}

export class ApiKeyQuery extends PageQuery {
  @SortField(API_KEY_SORTS)
  sort: string = '-createdAt';
}
