import { ApiProperty } from '@nestjs/swagger';

/** How long before now each window begins; the longest last. */
export const UPTIME_WINDOWS = ['5m', '1h', '1d', '30d'] as const;

export type UptimeWindow = (typeof UPTIME_WINDOWS)[number];

const SHARE = { type: Number, nullable: true, minimum: 0, maximum: 1 } as const;

/** How often a deployment answered within some time. */
export class UptimeWindowDto {
  @ApiProperty({
    enum: UPTIME_WINDOWS,
    enumName: 'UptimeWindow',
    description: 'How long before now it begins.',
  })
  window: UptimeWindow;

  @ApiProperty({ type: String, format: 'date-time', description: 'When the window begins.' })
  from: Date;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description:
      'Calls and certification runs, without those that say nothing of the deployment: throttled, ' +
      'refused for what they asked, filtered, cancelled, stopped by their budget, or failed by a ' +
      'fault of this service.',
  })
  judged: number;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description:
      'Those of them that failed; a run that refuted a claim was answered, and is none of them.',
  })
  faults: number;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description:
      'Calls and runs that the provider throttled, or whose account had no quota left: in none of ' +
      'the other numbers.',
  })
  throttled: number;

  @ApiProperty({ ...SHARE, description: '`faults` of `judged`; null: nothing was judged.' })
  errorRate: number | null;

  @ApiProperty({ ...SHARE, description: '1 - `errorRate`; null: nothing was judged.' })
  uptime: number | null;
}

/** How often a deployment answered lately. */
export class UptimeDto {
  @ApiProperty({ type: String, format: 'date-time', description: 'When all windows end: now.' })
  to: Date;

  @ApiProperty({ type: [UptimeWindowDto], description: 'The last 5 minutes, hour, day, 30 days.' })
  windows: UptimeWindowDto[];
}
