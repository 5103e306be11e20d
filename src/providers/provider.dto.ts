import { ApiProperty } from '@nestjs/swagger';

import { Always, BooleanField, EnumField, TextField, UrlField } from '../shared/http/fields.js';
import { RESERVED_SLUGS } from '../shared/config.js';
import { PageQuery, SortField } from '../shared/http/paging.js';
import { PatchOf } from '../shared/http/patch-of.js';
import { PROVIDER_SORTS } from './provider.listing.js';

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
      'key: `my-vllm` reads MY_VLLM_API_KEY. `azure`, `anthropic`, and slugs that begin with ' +
      '`azure-` or `anthropic-`, speak those protocols; others speak that of OpenAI. ' +
      `None of ${RESERVED_SLUGS.join(', ')}, whose variables hold keys of this service.`,
    example: 'openai',
    maxLength: 63,
    pattern: new RegExp(`^(?!(?:${RESERVED_SLUGS.join('|')})$)[a-z][a-z0-9]*(-[a-z0-9]+)*$`),
    rule:
      'must be lower-case letters, digits and single hyphens, beginning with a letter, and none of ' +
      RESERVED_SLUGS.join(', '),
  })
  slug: string;

  @UrlField({
    description: 'Address of its API; null: the default address of its kind.',
    example: 'https://api.openai.com/v1',
    optional: true,
    nullable: true,
  })
  baseUrl?: string | null;

  @EnumField({
    description:
      'How it authenticates: `aws_credentials` (Amazon Bedrock, by the AWS credential chain), ' +
      '`oauth` (Azure OpenAI, by Microsoft Entra ID), `api_key`; null: not at all.',
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
  @ApiProperty({ format: 'uuid', description: 'Its id here.' })
  id: string;

  @Always()
  override baseUrl: string | null;

  @Always()
  override authType: AuthType | null;

  @Always()
  override isActive: boolean;

  @ApiProperty({ type: String, format: 'date-time', description: 'When it was added.' })
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time', description: 'When it was last changed.' })
  updatedAt: Date;
}

/** What a change of a provider says: a JSON merge patch. */
export class ProviderPatch extends PatchOf(ProviderInput) {}

/** Which providers are listed, and in which order. */
export class ProviderQuery extends PageQuery {
  @BooleanField({
    description: 'Only those whose deployments may be used, or may not.',
    optional: true,
    fromText: true,
  })
  isActive?: boolean;

  @SortField(PROVIDER_SORTS)
  sort: string = '-createdAt';
}
