import { ApiProperty } from '@nestjs/swagger';

/** A base model, in short. */
export class ModelNameDto {
  @ApiProperty({ format: 'uuid', description: 'Its id here.' })
  id: string;

  @ApiProperty({ example: 'Claude 3.5 Sonnet', description: 'Its unique name.' })
  name: string;

  @ApiProperty({ example: 'Anthropic', description: 'Who made it.' })
  vendor: string;
}

/** A base model, in short, with its line. */
export class ModelOfFamilyDto extends ModelNameDto {
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'Claude',
    description: 'Which family of models it belongs to; null: it is not told.',
  })
  family: string | null;
}
