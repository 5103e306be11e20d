import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsEmail, IsString, MaxLength, MinLength } from 'class-validator';

import { field, type FieldOptions } from '../../shared/http/field.js';
import { Always, EnumField, TextField } from '../../shared/http/fields.js';
import { PageQuery, SortField } from '../../shared/http/paging.js';
import { PatchOf } from '../../shared/http/patch-of.js';
import { RoleName } from '../role.dto.js';
import { USER_SORTS } from './user.listing.js';

const MAX_EMAIL = 254;
const MAX_PASSWORD = 200;

/** An email address, in lower case. */
export function EmailField(options: FieldOptions) {
  return applyDecorators(
    field(
      options,
      { type: String, format: 'email', maxLength: MAX_EMAIL },
      IsEmail({}, { message: 'must be an email address' }),
    ),
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? value.trim().toLowerCase() : value,
    ),
  );
}

/** A password: unlike other texts, taken as it is. */
export function PasswordField(options: FieldOptions & { minLength: number }) {
  const { minLength } = options;
  return field(
    options,
    { type: String, format: 'password', minLength, maxLength: MAX_PASSWORD },
    IsString(),
    MinLength(minLength),
    MaxLength(MAX_PASSWORD),
  );
}

export const MIN_PASSWORD = 12;

/** What is shown of a user, and can be changed. */
class UserFields {
  @EmailField({ description: 'Unique. What the user logs in with.', example: 'ann@example.com' })
  email: string;

  @TextField({
    description: 'Name shown to people.',
    example: 'Ann',
    maxLength: 200,
    optional: true,
    nullable: true,
  })
  name?: string | null;

  @EnumField({
    description: 'What the user may do, each role all that the one before may.',
    values: RoleName,
    name: 'Role',
    default: 'viewer',
  })
  role: RoleName = 'viewer';
}

/** A new user. */
export class UserInput extends UserFields {
  @PasswordField({ description: 'Stored as its Argon2id hash only.', minLength: MIN_PASSWORD })
  password: string;
}

/** A user as changed. */
export class ChangedUserInput extends UserFields {
  @PasswordField({
    description: 'A new one ends the sessions of the user; left out, the old one stays.',
    minLength: MIN_PASSWORD,
    optional: true,
  })
  password?: string;
}

/** What a change of a user says: a JSON merge patch. */
export class UserPatch extends PatchOf(ChangedUserInput) {}

/** A user as stored, but for the password. */
export class UserDto extends UserFields {
  @ApiProperty({ format: 'uuid', description: 'Its id here.' })
  id: string;

  @Always()
  override name: string | null;

  @Always()
  override role: RoleName;

  @ApiProperty({ type: String, format: 'date-time', description: 'When it was added.' })
  createdAt: string;

  @ApiProperty({ type: String, format: 'date-time', description: 'When it was last changed.' })
  updatedAt: string;
}

export class UserQuery extends PageQuery {
  @SortField(USER_SORTS)
  sort: string = '-createdAt';
}
