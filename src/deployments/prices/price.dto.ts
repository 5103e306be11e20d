import { ApiProperty } from '@nestjs/swagger';

import { PriceKind } from '../../generated/prisma/client.js';
import { DateField } from '../../shared/http/fields.js';
import { PageQuery } from '../../shared/http/paging.js';

const nullable = { nullable: true } as const;

/** An entry of a deployment's price history. Entries are added and never changed. */
export class PriceDto {
  @ApiProperty({ format: 'uuid', description: 'Its id here.' })
  id: string;

  @ApiProperty({ minimum: 0, description: 'US dollars per million input tokens.', example: 3 })
  costPer1MInput: number;

  @ApiProperty({ minimum: 0, description: 'US dollars per million output tokens.', example: 15 })
  costPer1MOutput: number;

  @ApiProperty({
    type: Number,
    ...nullable,
    minimum: 0,
    description: 'US dollars per hour of reserved throughput.',
    example: null,
  })
  costPerHour: number | null;

  @ApiProperty({ type: String, format: 'date-time', description: 'Since when the prices hold.' })
  effectiveFrom: string;

  @ApiProperty({
    enum: PriceKind,
    enumName: 'PriceKind',
    description:
      '`initial`: the deployment was added with them. `repricing`: the provider changed them. ' +
      '`correction`: they take the place of prices recorded wrongly.',
  })
  kind: PriceKind;

  @ApiProperty({ type: String, ...nullable, description: 'Where they were read.' })
  source: string | null;

  @ApiProperty({ type: String, ...nullable, description: 'Whose key recorded them.' })
  createdBy: string | null;

  @ApiProperty({ type: String, format: 'date-time', description: 'When they were recorded.' })
  createdAt: string;
}

/** Which prices are wanted. */
export class PriceQuery extends PageQuery {
  @DateField({
    description: 'Only the entry in force at this moment; none before the first.',
    example: '2026-01-01T00:00:00Z',
    optional: true,
  })
  at?: string;
}
