import { ApiProperty } from '@nestjs/swagger';

import type { CertificationProbeResult, CertificationRun } from '../../generated/prisma/client.js';
import { FailureReasonDto, LatencySampleDto, SEVERITY } from '../evidence.dto.js';
import { byTime } from '../validation/suite.js';
import { ProbeAttemptDto } from './probe-attempt.dto.js';
import { RunDto } from './run.dto.js';

const nullable = { nullable: true } as const;

/** A run with what it found, and every attempt. */
export class DetailedRunDto extends RunDto {
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'number', nullable: true },
    ...nullable,
    description:
      'The parts of its rating, each from 0 to 1 or, where it could not be measured, null; null: ' +
      'it has not been judged.',
    example: { correctness: 1, reliability: 1, consistency: 1, latency: 0.9 },
  })
  scores: unknown;

  @ApiProperty({
    type: String,
    ...nullable,
    example: '1',
    description: 'Of the rating; null: it has not been judged.',
  })
  formulaVersion: string | null;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Probes that passed.' })
  testsPassed: number;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Probes that failed.' })
  testsFailed: number;

  @ApiProperty({
    type: Number,
    ...nullable,
    minimum: 0,
    maximum: 1,
    description: 'Passed ÷ (passed + failed); null: nothing was tested.',
  })
  successRate: number | null;

  @ApiProperty({
    type: LatencySampleDto,
    ...nullable,
    description: 'The latency sample; empty: none was taken; null: it has not been judged.',
  })
  metrics: unknown;

  @ApiProperty({
    type: [String],
    ...nullable,
    description: 'Parameters that had to be called otherwise; null: it has not been judged.',
  })
  observedQuirks: unknown;

  @ApiProperty({
    type: [FailureReasonDto],
    ...nullable,
    description: 'What kept it from a better verdict; null: it has not been judged.',
  })
  failureReasons: unknown;

  @ApiProperty({ ...SEVERITY, description: 'How much errorCategory blocks; null: there is none.' })
  errorSeverity: string | null;

  @ApiProperty({ type: [ProbeAttemptDto], description: 'In the order in which they were made.' })
  attempts: ProbeAttemptDto[];

  static fromDetailed(
    row: CertificationRun & { results: readonly CertificationProbeResult[] },
  ): DetailedRunDto {
    const { scores, formulaVersion, testsPassed, testsFailed, successRate } = row;
    const { metrics, observedQuirks, failureReasons, errorSeverity } = row;
    return {
      ...RunDto.from(row),
      ...{ scores, formulaVersion, testsPassed, testsFailed, successRate },
      ...{ metrics, observedQuirks, failureReasons, errorSeverity },
      attempts: row.results.toSorted(byTime).map(ProbeAttemptDto.from),
    };
  }
}
