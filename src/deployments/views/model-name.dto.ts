import { ApiProperty } from '@nestjs/swagger';

/** A base model, in short. */
export class ModelNameDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: 'Claude 3.5 Sonnet' })
  name: string;

  @ApiProperty({ example: 'Anthropic' })
  vendor: string;
}

/** A base model, in short, with its line. */
export class ModelOfFamilyDto extends ModelNameDto {
  @ApiProperty({ type: String, nullable: true, example: 'Claude' })
  family: string | null;
}
