import { ApiProperty } from '@nestjs/swagger';

/** What one vendor's base models come to. A deployment is active when its provider is, too. */
export class VendorDto {
  @ApiProperty({ example: 'Anthropic', description: 'Who made it.' })
  vendor: string;

  @ApiProperty({ type: 'integer', minimum: 1, description: 'Its base models.' })
  models: number;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Those it withdraws.' })
  deprecatedModels: number;

  @ApiProperty({ type: [String], description: 'Their families, sorted.', example: ['Claude'] })
  families: string[];

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Deployments of its models.' })
  deployments: number;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Those that may be used.' })
  activeDeployments: number;

  @ApiProperty({
    type: [String],
    description: 'Slugs of the providers that have its models deployed, sorted.',
    example: ['bedrock'],
  })
  providers: string[];

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'Deployments with a certificate that says CERTIFIED and has not expired.',
  })
  certifiedDeployments: number;

  @ApiProperty({
    type: Number,
    nullable: true,
    minimum: 0,
    description:
      'US dollars, of the active deployments that are paid by the token (not PROVISIONED); null: ' +
      'there is none.',
    example: 0.25,
  })
  lowestCostPer1MInput: number | null;

  @ApiProperty({
    type: Number,
    nullable: true,
    minimum: 0,
    description: 'Likewise.',
    example: 1.25,
  })
  lowestCostPer1MOutput: number | null;
}
