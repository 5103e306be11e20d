import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsString, Length } from 'class-validator';

import { Always, EnumField, TextField } from '../shared/http/fields.js';
import { field } from '../shared/http/field.js';
import { AWS_REGION_PATTERN } from '../shared/region.js';

export const Theme = { light: 'light', dark: 'dark', system: 'system' } as const;
export type Theme = keyof typeof Theme;

const MAX_MODELS = 500;
const MAX_MODEL_ID = 300;

function ModelIdsField() {
  return field(
    {
      description: 'Ids of the models of Amazon Bedrock that the user works with.',
      example: ['anthropic.claude-3-5-sonnet-20241022-v2:0'],
      default: [],
    },
    {
      type: 'array',
      maxItems: MAX_MODELS,
      items: { type: 'string', minLength: 1, maxLength: MAX_MODEL_ID },
    },
    IsArray(),
    ArrayMaxSize(MAX_MODELS),
    IsString({ each: true, message: 'must be a list of texts' }),
    Length(1, MAX_MODEL_ID, {
      each: true,
      message: `must have texts of 1 to ${MAX_MODEL_ID} characters`,
    }),
  );
}

/** What a user writes of their settings. */
class Preferences {
  @EnumField({ description: 'How pages look.', values: Theme, name: 'Theme', default: 'light' })
  theme: Theme = 'light';

  @TextField({
    description: 'The region of AWS the user works in; null: none in particular.',
    example: 'eu-central-1',
    maxLength: 63,
    pattern: AWS_REGION_PATTERN,
    rule: 'must be a region of AWS such as us-east-1',
    nullable: true,
    default: 'us-east-1',
  })
  awsRegion: string | null = 'us-east-1';

  @ModelIdsField()
  awsEnabledModels: string[] = [];
}

/** The settings of a user as the user writes them. */
export class SettingsInput extends Preferences {
  @TextField({
    description:
      'Id of a long-term AWS access key. It and `awsSecretKey` are set together and removed ' +
      'together, by null; left out, both stay as they are. With them, calls of Amazon Bedrock ' +
      'that the user asks for are made; without, those of the service. Never shown again but for its last four characters.',
    example: 'AKIAIOSFODNN7EXAMPLE',
    minLength: 16,
    maxLength: 128,
    pattern: /^(?!ASIA)\w+$/,
    rule: 'must be the id of a long-term access key: letters and digits, not beginning with ASIA',
    optional: true,
    nullable: true,
  })
  awsAccessKey?: string | null;

  @TextField({
    description: 'The secret of that access key. Stored encrypted and never shown again.',
    minLength: 16,
    maxLength: 256,
    pattern: /^[!-~]+$/,
    rule: 'must be visible ASCII characters without spaces',
    optional: true,
    nullable: true,
  })
  awsSecretKey?: string | null;
}

/** The settings of a user as they are shown. */
export class SettingsDto extends Preferences {
  @Always()
  override theme: Theme;

  @Always()
  override awsRegion: string | null;

  @Always()
  override awsEnabledModels: string[];

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'The last four characters of the id of the stored AWS access key; null: none is stored, or ' +
      'it cannot be opened, as its ENCRYPTION_KEY is gone.',
    example: 'MPLE',
  })
  awsAccessKeyLastFour: string | null;

  @ApiProperty({ description: 'Whether the secret of an AWS access key is stored.' })
  awsSecretKeySet: boolean;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When they were written last; null: never, they are the defaults.',
  })
  updatedAt: Date | null;
}
