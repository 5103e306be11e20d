import { ApiProperty } from '@nestjs/swagger';

import { exact } from '../../deployments/prices/cost.js';
import { RunCountsDto } from '../queue/queue.dto.js';
import { probesOf } from '../validation/suite.js';
import { SHOWN_RUNS, type BatchShare } from './batch-shares.js';
import { RunDto, type ShownRun } from './run.dto.js';
import { isOpen } from './run-status.js';

/** How far a batch is. */
export class BatchProgressDto {
  @ApiProperty({ type: RunCountsDto, description: 'All of its runs, by status.' })
  counts: RunCountsDto;

  @ApiProperty({
    minimum: 0,
    maximum: 1,
    description:
      'Share of the probes that are done. Of a run that waits, nothing is: it falls when a run is ' +
      'put back to be tried again.',
  })
  progress: number;

  @ApiProperty({ description: 'Whether every run has ended.' })
  finished: boolean;

  @ApiProperty({
    minimum: 0,
    description:
      'What the runs cost that it started, as far as they have ended, in US dollars; what it joined ' +
      'costs others.',
  })
  costUsd: number;
}

/** Runs that were asked for together. */
export class BatchDto extends BatchProgressDto {
  @ApiProperty({ format: 'uuid', description: 'Its id here.' })
  id: string;

  @ApiProperty({
    type: [RunDto],
    maxItems: SHOWN_RUNS,
    description: `At most ${SHOWN_RUNS} of its runs; each is also at /api/certification-queue/jobs.`,
  })
  runs: RunDto[];

  @ApiProperty({ type: String, format: 'date-time', description: 'When it was asked for.' })
  createdAt: Date;

  static from(
    row: { id: string; createdAt: Date; runs: readonly { run: ShownRun }[] },
    shares: readonly BatchShare[],
  ): BatchDto {
    return {
      id: row.id,
      ...progressOf(shares),
      runs: row.runs.map(({ run }) => RunDto.from(run)),
      createdAt: row.createdAt,
    };
  }
}

/** How far a batch is, by its shares. */
export function progressOf(shares: readonly BatchShare[]): BatchProgressDto {
  let done = 0;
  let total = 0;
  for (const { status, profile, runs, probesDone } of shares) {
    const all = runs * probesOf(profile);
    total += all;
    done += isOpen(status) ? probesDone : all;
  }
  return {
    counts: RunCountsDto.from(shares.map(({ status, runs }) => [status, runs])),
    progress: total > 0 ? done / total : 1,
    finished: shares.every(({ status }) => !isOpen(status)),
    costUsd: exact(shares.reduce((sum, { costUsd }) => sum + costUsd, 0)),
  };
}
