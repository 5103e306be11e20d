import { ApiProperty } from '@nestjs/swagger';

import { CertificationStatus, InferenceType } from '../../generated/prisma/client.js';
import { CapabilitiesDto } from '../../models/capabilities.dto.js';
import { RegionProperty, TextField } from '../../shared/http/fields.js';
import { CLAIM_NAMES, ClaimState } from './claim-states.js';
import { ModelNameDto } from './model-name.dto.js';

const nullable = { nullable: true } as const;

/** Whose deployments are wanted. */
export class ModelCapabilitiesQuery {
  @TextField({
    description: 'Only deployments at the provider with this slug.',
    example: 'openai',
    maxLength: 63,
    optional: true,
  })
  provider?: string;
}

/** What is known of one claim, by the last verdict. */
export class ClaimStateDto {
  @ApiProperty({
    oneOf: [{ type: 'boolean' }, { type: 'integer', minimum: 1 }],
    description: 'What the base model declares now.',
    example: true,
  })
  declared: boolean | number;

  @ApiProperty({
    enum: ClaimState,
    enumName: 'ClaimState',
    description:
      '`proved`: its test passed. `refuted`: it failed. `untested`: neither, for whatever reason; ' +
      'a context window of which only a part was filled, too.',
  })
  state: ClaimState;

  @ApiProperty({
    type: String,
    ...nullable,
    description:
      'Why it is refuted, or its test ended without a finding. `PARTIALLY_VERIFIED`: of a context ' +
      'window, only a part was filled.',
    example: 'NO_TOOL_CALL',
  })
  reason: string | null;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    ...nullable,
    description:
      'Input tokens up to which a context window was seen to hold, as the provider counted them; ' +
      'null: of any other claim, not tested, or not counted.',
  })
  provedUpTo: number | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    ...nullable,
    description: 'When it was proved, wholly or in part, or refuted.',
  })
  testedAt: string | null;
}

/** Every claim a base model can make, declared or not. */
export class ClaimStatesDto {
  [claim: string]: ClaimStateDto;
}
for (const name of CLAIM_NAMES) {
  ApiProperty({ type: ClaimStateDto, description: `What is known of ${name}.` })(
    ClaimStatesDto.prototype,
    name,
  );
}

/** What a deployment was seen to do in one region. */
export class RegionCapabilitiesDto {
  @RegionProperty()
  region: string;

  @ApiProperty({
    enum: CertificationStatus,
    enumName: 'CertificationStatus',
    ...nullable,
    description: 'The last verdict: CERTIFIED, QUALITY_WARNING or FAILED; null: none yet.',
  })
  verdict: CertificationStatus | null;

  @ApiProperty({ description: 'Whether the verdict is too old to be relied on.' })
  expired: boolean;

  @ApiProperty({ type: String, format: 'date-time', ...nullable, description: 'Of the verdict.' })
  testedAt: string | null;

  @ApiProperty({ type: ClaimStatesDto, description: 'Every claim a model can make.' })
  claims: ClaimStatesDto;
}

/** A deployment and what it was seen to do. */
export class DeploymentCapabilitiesDto {
  @ApiProperty({ format: 'uuid', description: 'Its id here.' })
  id: string;

  @ApiProperty({ description: "The provider's id.", example: 'gpt-4-turbo-2024-04-09' })
  deploymentId: string;

  @ApiProperty({ example: 'openai', description: "Its provider's slug." })
  providerSlug: string;

  @ApiProperty({
    enum: InferenceType,
    enumName: 'InferenceType',
    description: 'How it is invoked.',
  })
  inferenceType: InferenceType;

  @ApiProperty({ description: 'Whether it may be used.' })
  isActive: boolean;

  @ApiProperty({
    type: [RegionCapabilitiesDto],
    description: 'One for each region it is offered in; `global`: its provider has no regions.',
  })
  regions: RegionCapabilitiesDto[];
}

/** What a base model is declared to do, and what its deployments were seen to do. */
export class ModelCapabilitiesDto {
  @ApiProperty({ type: ModelNameDto, description: 'The base model.' })
  model: ModelNameDto;

  @ApiProperty({ type: CapabilitiesDto, description: 'What it is claimed to do.' })
  declared: CapabilitiesDto;

  @ApiProperty({ type: [DeploymentCapabilitiesDto], description: 'By deploymentId.' })
  deployments: DeploymentCapabilitiesDto[];

  @ApiProperty({
    description:
      'Whether deployments are missing: the answer ends before their regions would become more ' +
      'than 500. Ask for them by `provider` or by deploymentId.',
  })
  truncated: boolean;
}
