import { ApiProperty } from '@nestjs/swagger';

import { InferenceType } from '../../generated/prisma/client.js';
import {
  BooleanField,
  NumberField,
  RegionField,
  RegionProperty,
} from '../../shared/http/fields.js';
import { CostDto, MAX_HOURS, MAX_TOKENS } from './cost.dto.js';

const nullable = { nullable: true } as const;

/** The work that prices are compared by. */
export class ComparePricesQuery {
  @NumberField({
    description: 'Input tokens of the work.',
    min: 0,
    max: MAX_TOKENS,
    default: 1_000_000,
    fromText: true,
  })
  inputTokens: number = 1_000_000;

  @NumberField({
    description: 'Output tokens of the work.',
    min: 0,
    max: MAX_TOKENS,
    default: 1_000_000,
    fromText: true,
  })
  outputTokens: number = 1_000_000;

  @NumberField({
    description: 'Hours the work takes: what reserved throughput is paid for.',
    min: 0,
    max: MAX_HOURS,
    default: 1,
    fromText: true,
  })
  hours: number = 1;

  @RegionField('Only deployments offered in this region; `global`: those without regions.')
  region?: string;

  @BooleanField({
    description: 'Only deployments whose certificate says CERTIFIED and has not expired.',
    default: false,
    fromText: true,
  })
  certifiedOnly: boolean = false;
}

/** What a certificate says, in short. */
export class CertificateStateDto {
  @RegionProperty()
  region: string;

  @ApiProperty({
    type: String,
    ...nullable,
    description: 'The last verdict.',
    example: 'CERTIFIED',
  })
  verdict: string | null;

  @ApiProperty({
    type: Number,
    ...nullable,
    minimum: 0,
    maximum: 5,
    description: 'From 0 to 5, in steps of 0.1; null: none.',
  })
  rating: number | null;

  @ApiProperty({
    type: String,
    ...nullable,
    example: 'RECOMMENDED',
    description: 'The rating in a word; null: none.',
  })
  badge: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    ...nullable,
    description: 'Until when the verdict holds; null: there is none.',
  })
  expiresAt: string | null;

  @ApiProperty({
    description: 'Whether expiresAt has passed, or what was certified changed since.',
  })
  expired: boolean;
}

/** From where on reserved throughput is cheaper than one other offer. */
export class BreakEvenDto {
  @ApiProperty({ format: 'uuid', description: 'The offer paid by the token.' })
  deploymentId: string;

  @ApiProperty({
    type: Number,
    ...nullable,
    minimum: 0,
    description: 'In the mix of the work; null: it never is, or the work has no tokens.',
  })
  tokensPerHour: number | null;
}

/** One deployment's price for the work. */
export class OfferDto extends CostDto {
  @ApiProperty({ format: 'uuid', description: 'Its id here.' })
  id: string;

  @ApiProperty({ description: "The provider's id." })
  deploymentId: string;

  @ApiProperty({ format: 'uuid', description: 'Its provider (our id).' })
  providerId: string;

  @ApiProperty({ example: 'openai', description: "Its provider's slug." })
  providerSlug: string;

  @ApiProperty({
    enum: InferenceType,
    enumName: 'InferenceType',
    description: 'How it is invoked.',
  })
  inferenceType: InferenceType;

  @ApiProperty({
    type: [String],
    description: 'Where it is offered; empty: its provider has no regions.',
  })
  regions: string[];

  @ApiProperty({ minimum: 0, description: 'US dollars per million input tokens.' })
  costPer1MInput: number;

  @ApiProperty({ minimum: 0, description: 'US dollars per million output tokens.' })
  costPer1MOutput: number;

  @ApiProperty({
    type: Number,
    ...nullable,
    minimum: 0,
    description: 'US dollars per hour of reserved throughput; null: it is paid by the token.',
  })
  costPerHour: number | null;

  @ApiProperty({
    type: Number,
    ...nullable,
    description: 'How many times the cheapest cost; null: the cheapest is free and this is not.',
  })
  ratioToCheapest: number | null;

  @ApiProperty({
    description:
      'Whether a certificate says CERTIFIED and has not expired (in the region asked for).',
  })
  certified: boolean;

  @ApiProperty({
    type: [CertificateStateDto],
    description: 'What its certificates say, by region.',
  })
  certifications: CertificateStateDto[];

  @ApiProperty({
    type: [BreakEvenDto],
    description: 'For PROVISIONED: against each offer paid by the token; else empty.',
  })
  breakEven: BreakEvenDto[];
}

/** The active deployments of a base model by what the work costs, cheapest first. */
export class PriceComparisonDto {
  @ApiProperty({ format: 'uuid', description: 'The base model whose deployments are compared.' })
  baseModelId: string;

  @ApiProperty({ example: 'USD', description: 'Of all amounts.' })
  currency: string;

  @ApiProperty({ description: 'The work: input tokens.' })
  inputTokens: number;

  @ApiProperty({ description: 'The work: output tokens.' })
  outputTokens: number;

  @ApiProperty({ description: 'The work: hours of reserved throughput.' })
  hours: number;

  @ApiProperty({ type: [OfferDto], description: 'Its active deployments, cheapest first.' })
  offers: OfferDto[];
}
