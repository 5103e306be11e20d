import { ApiProperty } from '@nestjs/swagger';

import type { Provider } from '../generated/prisma/client.js';
import { Always, BooleanField, EnumField, TextField } from '../shared/http/fields.js';

/** How a provider wants to be authenticated to. */
export const AuthType = {
  aws_credentials: 'aws_credentials',
  api_key: 'api_key',
  oauth: 'oauth',
} as const;
export type AuthType = keyof typeof AuthType;

/** A provider as a client writes it: all of it, on create and on update. */
export class ProviderInput {
  @TextField({ description: 'Name shown to people.', example: 'OpenAI', maxLength: 200 })
  name: string;

  @TextField({
    description:
      'Short unique name. With authType api_key it names the environment variable that holds the ' +
      'key: `my-vllm` reads MY_VLLM_API_KEY.',
    example: 'openai',
    maxLength: 63,
    pattern: /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
    rule: 'must be lower-case letters, digits and single hyphens, beginning with a letter',
  })
  slug: string;

  @TextField({
    description: 'Address of its API; null: the default address of its kind.',
    example: 'https://api.openai.com/v1',
    maxLength: 2000,
    pattern: /^https?:\/\/[^\s/?#@]+([/?][^\s#]*)?$/i,
    rule: 'must be an http or https URL without credentials',
    optional: true,
    nullable: true,
  })
  baseUrl?: string | null;

  @EnumField({
    description: 'How it authenticates; null: not at all.',
    values: AuthType,
    name: 'AuthType',
    example: 'api_key',
    optional: true,
    nullable: true,
  })
  authType?: AuthType | null;

  @BooleanField({ description: 'Whether its deployments may be used.', default: true })
  isActive: boolean = true;
}

/** A provider as stored. */
export class ProviderDto extends ProviderInput {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @Always()
  override baseUrl: string | null;

  @Always()
  override authType: AuthType | null;

  @Always()
  override isActive: boolean;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt: Date;

  static from(row: Provider): ProviderDto {
    const { id, name, slug, baseUrl, isActive, createdAt, updatedAt } = row;
    const authType = Object.values(AuthType).find((known) => known === row.authType) ?? null;
    return { id, name, slug, baseUrl, authType, isActive, createdAt, updatedAt };
  }
}
