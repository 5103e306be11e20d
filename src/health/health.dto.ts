import { ApiProperty } from '@nestjs/swagger';

/** That the process runs. */
export class AliveDto {
  @ApiProperty({ example: 'ok' })
  status: string;
}

class IndicatorDto {
  @ApiProperty({ example: 'up' })
  status: string;
}

class DatabaseDto {
  @ApiProperty({ type: IndicatorDto })
  database: IndicatorDto;
}

/** That everything the process needs is there. */
export class ReadyDto extends AliveDto {
  @ApiProperty({ type: DatabaseDto })
  info: DatabaseDto;

  @ApiProperty({ type: 'object', additionalProperties: false, description: 'Empty.' })
  error: object;

  @ApiProperty({ type: DatabaseDto, description: 'As `info`.' })
  details: DatabaseDto;
}
