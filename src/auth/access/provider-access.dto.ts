import { ApiProperty } from '@nestjs/swagger';

import { UUID_PATTERN, UUID_RULE } from '../../shared/http/fields.js';
import { TextListField } from '../../shared/http/list-fields.js';

const MAX_PROVIDERS = 1_000;

/** Which providers a user, or a key, may see and use. */
export class ProviderAccessInput {
  @TextListField({
    description:
      'Ids of the only providers that may be seen and used; an empty list: none; null: not ' +
      'confined, all providers there are and will be. Everything else is as if it did not exist.',
    maxItems: MAX_PROVIDERS,
    maxLength: 36,
    pattern: UUID_PATTERN,
    rule: UUID_RULE,
    nullable: true,
  })
  providerIds: string[] | null;
}

export class ProviderAccessDto {
  @ApiProperty({
    type: 'array',
    items: { type: 'string', format: 'uuid' },
    nullable: true,
    description:
      'Ids of the only providers that may be seen and used, in order; null: all. A key of a user ' +
      'may use those that both the user and the key may.',
  })
  providerIds: string[] | null;
}
