import { Injectable } from '@nestjs/common';

import { Prisma } from '../../generated/prisma/client.js';
import { PrismaService } from '../../shared/database/prisma.service.js';
import { OPEN } from '../runs/run-status.js';

/** Runs that are not over, as the database knows them, by what they wait for. */
export interface QueueDepth {
  /** For a worker. */
  readonly waiting: number;
  /** For another run of their provider to end. */
  readonly waitingForSlot: number;
  /** For the time of their next try. */
  readonly delayed: number;
  readonly processing: number;
  /** Seconds since the first of those that wait for a worker or a slot could begin; 0: none waits. */
  readonly oldestWaitingSeconds: number;
}

/** Reads the queue from the runs: what BullMQ holds are wake-ups, which may be lost. */
@Injectable()
export class QueueDepthService {
  constructor(private readonly prisma: PrismaService) {}

  async read(): Promise<QueueDepth | null> {
    const [depth] = await this.prisma.select<QueueDepth>(Prisma.sql`
      WITH runs AS (
        SELECT status = 'PROCESSING' AS processing, "waitsForSlot" AS held,
               coalesce("nextAttemptAt", "createdAt") AS due
          FROM certification_runs r WHERE ${OPEN}
      )
      SELECT count(*) FILTER (WHERE NOT processing AND NOT held AND due <= now())::int AS waiting,
             count(*) FILTER (WHERE NOT processing AND held)::int AS "waitingForSlot",
             count(*) FILTER (WHERE NOT processing AND NOT held AND due > now())::int AS delayed,
             count(*) FILTER (WHERE processing)::int AS processing,
             greatest(0, coalesce(extract(epoch FROM now() - min(due) FILTER (WHERE NOT processing)),
                                  0))::float8 AS "oldestWaitingSeconds"
        FROM runs`);
    return depth ?? null;
  }
}
