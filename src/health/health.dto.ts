import { ApiProperty } from '@nestjs/swagger';

/** That the process runs. */
export class AliveDto {
  @ApiProperty({
    example: 'ok',
    description: 'Always `ok`: who is not well answers with a problem.',
  })
  status: string;
}

class IndicatorDto {
  @ApiProperty({ example: 'up', description: '`up`, or why not.' })
  status: string;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Milliseconds until it answered.' })
  responseTime: number;
}

class IndicatorsDto {
  @ApiProperty({ type: IndicatorDto, description: 'PostgreSQL answers.' })
  database: IndicatorDto;

  @ApiProperty({ type: IndicatorDto, description: 'It lacks no migration of this version.' })
  migrations: IndicatorDto;

  @ApiProperty({ type: IndicatorDto, description: 'The backend of the queue answers.' })
  queue: IndicatorDto;

  @ApiProperty({ type: IndicatorDto, description: 'Up: the process is not stopping.' })
  draining: IndicatorDto;
}

/** That everything the process needs is there. */
export class ReadyDto extends AliveDto {
  @ApiProperty({ type: IndicatorsDto, description: 'What it needs, one by one.' })
  info: IndicatorsDto;

  @ApiProperty({ type: 'object', additionalProperties: false, description: 'Empty.' })
  error: object;

  @ApiProperty({ type: IndicatorsDto, description: 'As `info`.' })
  details: IndicatorsDto;
}

class BackendsDto {
  @ApiProperty({
    type: String,
    nullable: true,
    example: '18.4',
    description: 'Version of PostgreSQL; null: it does not answer.',
  })
  postgres: string | null;

  @ApiProperty({ enum: ['redis', 'postgres'], description: 'Where the queue lives.' })
  queue: 'redis' | 'postgres';
}

/** What the process is. */
export class InfoDto {
  @ApiProperty({ example: '1.0.0', description: 'Version of the service.' })
  version: string;

  @ApiProperty({
    type: String,
    enum: ['api', 'worker'],
    isArray: true,
    description: 'What it does: answers requests, carries out certifications.',
  })
  roles: ('api' | 'worker')[];

  @ApiProperty({ type: BackendsDto, description: 'What it works with.' })
  backends: BackendsDto;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Seconds since the process started.' })
  uptimeSeconds: number;
}
