import { ApiProperty } from '@nestjs/swagger';

/** No work has more. */
export const MAX_TOKENS = 1_000_000_000_000;
export const MAX_HOURS = 1_000_000;

/** US dollars, exact to 12 significant digits. */
export class CostDto {
  @ApiProperty({ minimum: 0, example: 3, description: 'Of the input, in US dollars.' })
  inputUsd: number;

  @ApiProperty({ minimum: 0, example: 15, description: 'Of the output, in US dollars.' })
  outputUsd: number;

  @ApiProperty({ minimum: 0, description: 'Of reserved throughput.', example: 0 })
  hourlyUsd: number;

  @ApiProperty({ minimum: 0, description: 'All of it.', example: 18 })
  costUsd: number;
}
