import { ApiProperty } from '@nestjs/swagger';

import { InferenceType } from '../../generated/prisma/client.js';
import { RegionField } from '../../shared/http/fields.js';

const nullable = { nullable: true } as const;
const DESTINATIONS = 'Regions that may answer; `global` among them: any commercial region.';

/** From where a deployment is to be called. */
export class InvocationTargetsQuery {
  @RegionField("Where it is called; left out: the deployment's first region.")
  region?: string;
}

/** A profile through which the model can be called. */
export class ProfileCandidateDto {
  @ApiProperty({
    example: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    description: 'What to take as deploymentId.',
  })
  id: string;

  @ApiProperty({
    example:
      'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    description: 'The same as an ARN.',
  })
  arn: string;

  @ApiProperty({
    enum: ['geographic', 'global', 'application'],
    description: 'Whose profile it is, and how far it reaches.',
  })
  kind: 'geographic' | 'global' | 'application';

  @ApiProperty({
    type: String,
    ...nullable,
    description: 'Null: an application profile, whose id does not tell.',
    example: 'us',
  })
  geo: string | null;

  @ApiProperty({
    type: [String],
    description: DESTINATIONS,
    example: ['us-east-1', 'us-east-2', 'us-west-2'],
  })
  destinations: readonly string[];
}

/** What the provider says of a deployment's id in a region. */
export class InvocationTargetsDto {
  @ApiProperty({
    description: 'The id that is sent to the provider: always this one, never a suggested one.',
    example: 'anthropic.claude-sonnet-4-5-20250929-v1:0',
  })
  modelId: string;

  @ApiProperty({
    enum: InferenceType,
    enumName: 'InferenceType',
    description: 'How it is invoked.',
  })
  inferenceType: InferenceType;

  @ApiProperty({
    description: 'The region asked, which `providerConfig.region` may set.',
    example: 'us-east-1',
  })
  region: string;

  @ApiProperty({
    type: Boolean,
    ...nullable,
    description: 'Whether the id can be invoked so; null: it could not be checked.',
    example: false,
  })
  usable: boolean | null;

  @ApiProperty({
    type: String,
    ...nullable,
    description: 'Why it is not usable, or could not be checked.',
    example:
      'The model cannot be invoked on demand in us-east-1, where it supports INFERENCE_PROFILE.',
  })
  reason: string | null;

  @ApiProperty({
    type: String,
    ...nullable,
    description:
      "The provider's own id of the foundation model behind the id; null: it is not told.",
    example: 'anthropic.claude-sonnet-4-5-20250929-v1:0',
  })
  foundationModelId: string | null;

  @ApiProperty({ type: [String], description: DESTINATIONS, example: [] })
  destinations: readonly string[];

  @ApiProperty({
    enum: ['ACTIVE', 'LEGACY'],
    ...nullable,
    description: 'Of the model behind the id; null: it is not told.',
    example: 'ACTIVE',
  })
  lifecycle: 'ACTIVE' | 'LEGACY' | null;

  @ApiProperty({
    type: [ProfileCandidateDto],
    description: 'Where the id is not usable: profiles that serve its model from the region.',
  })
  suggestions: readonly ProfileCandidateDto[];
}
