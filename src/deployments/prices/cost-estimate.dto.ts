import { ApiProperty } from '@nestjs/swagger';

import { DateField, NumberField, UuidField } from '../../shared/http/fields.js';
import { ObjectListField } from '../../shared/http/list-fields.js';
import { CostDto, MAX_HOURS, MAX_TOKENS } from './cost.dto.js';
import { PriceDto } from './price.dto.js';

/** Work for one deployment. */
export class CostItemInput {
  @UuidField({ description: 'The deployment (our id).' })
  deploymentId: string;

  @NumberField({ description: 'Input tokens.', min: 0, max: MAX_TOKENS, default: 0 })
  inputTokens: number = 0;

  @NumberField({ description: 'Output tokens.', min: 0, max: MAX_TOKENS, default: 0 })
  outputTokens: number = 0;

  @NumberField({ description: 'Hours of reserved throughput.', min: 0, max: MAX_HOURS, default: 0 })
  hours: number = 0;
}

/** What is to be estimated. */
export class CostEstimateInput {
  @ObjectListField({ description: 'The work.', of: CostItemInput, minItems: 1, maxItems: 100 })
  items: CostItemInput[];

  @DateField({
    description: 'By the prices in force at this moment, by what is known today; left out: now.',
    example: '2026-01-01T00:00:00Z',
    optional: true,
  })
  at?: string;
}

/** What one item costs. */
export class CostItemDto extends CostDto {
  @ApiProperty({ format: 'uuid', description: 'The deployment (our id).' })
  deploymentId: string;

  @ApiProperty({ type: PriceDto, description: 'The prices it was estimated by.' })
  price: PriceDto;
}

/** What the work costs, in US dollars. */
export class CostEstimateDto {
  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'By the prices in force at this moment.',
  })
  at: string;

  @ApiProperty({ example: 'USD', description: 'Of all amounts.' })
  currency: string;

  @ApiProperty({ minimum: 0, description: 'Exact to 12 significant digits.' })
  totalUsd: number;

  @ApiProperty({ type: [CostItemDto], description: 'In the order they were asked for.' })
  items: CostItemDto[];
}
