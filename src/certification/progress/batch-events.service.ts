import { setTimeout as sleep } from 'node:timers/promises';

import { Injectable, Logger, NotFoundException } from '@nestjs/common';

import { Prisma } from '../../generated/prisma/client.js';
import { isoTime } from '../../shared/database/listing.js';
import { PrismaService } from '../../shared/database/prisma.service.js';
import { EventStream, type ServerEvent } from '../../shared/http/event-stream.js';
import { InvalidInput } from '../../shared/http/problem.js';
import { batchShares } from '../runs/batch-shares.js';
import { progressOf } from '../runs/batch.dto.js';
import type { ProbeEventDto, RunEventDto } from './batch-events.dto.js';

const LOOK_EVERY_MS = 500;
/** A row may be committed so much later than the time it bears. */
const LATE_MS = 2_000;

interface Timed<Row> {
  readonly id: string;
  readonly at: string;
  readonly data: Row;
}

/** Tells what happens to the runs of a batch, from what the database holds. */
@Injectable()
export class BatchEventsService {
  private readonly logger = new Logger(BatchEventsService.name);

  constructor(private readonly prisma: PrismaService) {}

  /**
   * @param lastEventId the last event a client has seen, from any process; undefined: none
   * @throws NotFoundException; InvalidInput for an id that is none of ours
   */
  async follow(
    batchId: string,
    lastEventId: string | undefined,
    gone: AbortSignal,
  ): Promise<EventStream> {
    const since = lastEventId === undefined ? new Date(0) : timeIn(lastEventId);
    const batch = await this.prisma.certificationBatch.findUnique({ where: { id: batchId } });
    if (!batch) throw new NotFoundException('There is no batch with this id.');
    return new EventStream(this.events(batchId, since, gone));
  }

  private async *events(
    batchId: string,
    since: Date,
    gone: AbortSignal,
  ): AsyncGenerator<ServerEvent, void> {
    const told = new Set<string>();
    let from = since;
    let last = '';
    while (!gone.aborted) {
      const found = await this.look(batchId, from);
      if (found) {
        const { news, progress } = found;
        for (const event of news) {
          if (told.has(event.key)) continue;
          told.add(event.key);
          from = later(from, event.at);
          yield { id: event.at.toISOString(), event: event.name, data: event.data };
        }
        const text = JSON.stringify(progress);
        if (text !== last) yield { event: 'progress', data: progress };
        last = text;
        if (progress.finished) return yield { event: 'done', data: progress };
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal: gone }).catch(() => undefined);
    }
  }

  /** What is new, in order; null: the database does not answer now. */
  private async look(batchId: string, from: Date) {
    const after = new Date(Math.max(0, from.getTime() - LATE_MS)).toISOString();
    try {
      // First the shares: what ended after them is told the next time, before `done`.
      const shares = await batchShares(this.prisma, batchId);
      const [probes, runs] = await Promise.all([
        this.probes(batchId, after),
        this.runs(batchId, after),
      ]);
      const news = [
        ...probes.map((one) => eventOf('probe', one, one.id)),
        ...runs.map((one) => eventOf('run', one, `${one.id} ${one.data.status}`)),
      ].toSorted((a, b) => a.at.getTime() - b.at.getTime());
      return { news, progress: progressOf(shares) };
    } catch (error) {
      this.logger.warn(`Events of batch ${batchId}: ${String(error)}`);
      return null;
    }
  }

  private probes(batchId: string, after: string): Promise<Timed<ProbeEventDto>[]> {
    return this.prisma.select(Prisma.sql`
      SELECT p.id, ${isoTime('p."completedAt"')} AS at,
             json_build_object('runId', p."runId", 'probe', p.probe, 'attempt', p.attempt,
                               'verdict', p.verdict, 'reason', p.reason,
                               'costUsd', p."costUsd") AS data
        FROM certification_batch_runs b
        JOIN certification_probe_results p ON p."runId" = b."runId"
       WHERE b."batchId" = ${batchId}
         AND p."completedAt" >= ${after}::timestamptz AT TIME ZONE 'UTC'`);
  }

  private runs(batchId: string, after: string): Promise<Timed<RunEventDto>[]> {
    return this.prisma.select(Prisma.sql`
      SELECT r.id, ${isoTime('r."updatedAt"')} AS at,
             json_build_object('runId', r.id, 'deploymentId', r."deploymentId",
                               'region', r.region, 'status', r.status, 'rating', r.rating,
                               'badge', r.badge, 'errorMessage', r."errorMessage") AS data
        FROM certification_batch_runs b
        JOIN certification_runs r ON r.id = b."runId"
       WHERE b."batchId" = ${batchId}
         AND r."updatedAt" >= ${after}::timestamptz AT TIME ZONE 'UTC'`);
  }
}

function eventOf(name: 'probe' | 'run', { at, data }: Timed<object>, key: string) {
  return { name, key, at: new Date(at), data };
}

function later(a: Date, b: Date): Date {
  return a > b ? a : b;
}

function timeIn(lastEventId: string): Date {
  const time = new Date(lastEventId);
  if (!/^\d{4}-/.test(lastEventId) || Number.isNaN(time.getTime())) {
    throw InvalidInput.field('/Last-Event-ID', 'must be the id of an event of this stream');
  }
  return time;
}
