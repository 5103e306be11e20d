import { ApiProperty } from '@nestjs/swagger';

import { ProbeVerdict, type CertificationProbeResult } from '../../generated/prisma/client.js';
import { ExchangeDto } from '../evidence.dto.js';

const nullable = { nullable: true } as const;

/** One attempt of a probe. */
export class ProbeAttemptDto {
  @ApiProperty({ example: 'functionCalling', description: 'Name of the probe.' })
  probe: string;

  @ApiProperty({ type: 'integer', minimum: 1, description: 'Which attempt of the probe, from 1.' })
  attempt: number;

  @ApiProperty({ enum: ProbeVerdict, enumName: 'ProbeVerdict', description: 'What it showed.' })
  verdict: ProbeVerdict;

  @ApiProperty({
    type: String,
    ...nullable,
    example: 'NO_TOOL_CALL',
    description:
      'Why it did not simply pass: a code of its probe, or the kind of fault; null: it did.',
  })
  reason: string | null;

  @ApiProperty({ type: String, ...nullable, description: 'The reason in words.' })
  message: string | null;

  @ApiProperty({ type: [String], description: 'What it is reproached with although it passed.' })
  warnings: string[];

  @ApiProperty({
    type: [ExchangeDto],
    description: 'Every request of the attempt: asked, answered, faults on the way, times, usage.',
  })
  evidence: unknown;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'As far as it is reported.' })
  inputTokens: number;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'As far as it is reported.' })
  outputTokens: number;

  @ApiProperty({ minimum: 0, description: 'US dollars.' })
  costUsd: number;

  @ApiProperty({ type: String, format: 'date-time', description: 'When it began.' })
  startedAt: Date;

  @ApiProperty({ type: String, format: 'date-time', description: 'When it ended.' })
  completedAt: Date;

  static from(row: CertificationProbeResult): ProbeAttemptDto {
    const { probe, attempt, verdict, reason, message, warnings, evidence } = row;
    const { inputTokens, outputTokens, costUsd, startedAt, completedAt } = row;
    return {
      probe,
      attempt,
      verdict,
      reason,
      message,
      warnings,
      evidence,
      inputTokens,
      outputTokens,
      costUsd,
      startedAt,
      completedAt,
    };
  }
}
