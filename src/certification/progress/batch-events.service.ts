import { setTimeout as sleep } from 'node:timers/promises';

import { Injectable, Logger, NotFoundException, type OnModuleDestroy } from '@nestjs/common';

import { Prisma } from '../../generated/prisma/client.js';
import { ofAllowedDeployments } from '../../shared/database/allowed-providers.js';
import { isoTime, whereAll } from '../../shared/database/listing.js';
import { PrismaService } from '../../shared/database/prisma.service.js';
import { EventStream, type ServerEvent } from '../../shared/http/event-stream.js';
import { batchShares, visibleBatch } from '../runs/batch-shares.js';
import { progressOf } from '../runs/batch.dto.js';
import type { ProbeEventDto, RunEventDto } from './batch-events.dto.js';
import { NOTHING_SEEN, SEEN_NOW, snapshotIn, writtenAfter, type Snapshot } from './snapshot.js';

const LOOK_EVERY_MS = 500;

interface Timed<Row> {
  readonly at: string;
  readonly data: Row;
}

type News =
  | ({ readonly name: 'probe' } & Timed<ProbeEventDto>)
  | ({ readonly name: 'run' } & Timed<RunEventDto>);

interface Found {
  readonly seen: Snapshot;
  readonly probes: readonly Timed<ProbeEventDto>[];
  readonly runs: readonly Timed<RunEventDto>[];
}

/** Tells what happens to the runs of a batch, from what the database holds. */
@Injectable()
export class BatchEventsService implements OnModuleDestroy {
  private readonly logger = new Logger(BatchEventsService.name);
  private readonly closing = new AbortController();

  constructor(private readonly prisma: PrismaService) {}

  /** Ends the streams, which would keep the server from closing: their clients come back to another. */
  onModuleDestroy(): void {
    this.closing.abort();
  }

  /**
   * @param lastEventId the last event a client has seen, from any process; undefined: none
   * @throws NotFoundException; InvalidInput for an id that is none of ours
   */
  async follow(
    batchId: string,
    lastEventId: string | undefined,
    gone: AbortSignal,
  ): Promise<EventStream> {
    const seen = lastEventId === undefined ? NOTHING_SEEN : snapshotIn(lastEventId);
    const batch = await this.prisma.certificationBatch.findUnique({ where: visibleBatch(batchId) });
    if (!batch) throw new NotFoundException('There is no batch with this id.');
    const over = AbortSignal.any([gone, this.closing.signal]);
    return new EventStream(this.events(batchId, seen, over));
  }

  private async *events(
    batchId: string,
    seenBefore: Snapshot,
    over: AbortSignal,
  ): AsyncGenerator<ServerEvent, void> {
    const states = new Map<string, string>();
    let seen = seenBefore;
    let last = '';
    while (!over.aborted) {
      const found = await this.look(batchId, seen);
      if (found) {
        ({ seen } = found);
        const news = found.news.filter((one) => isNews(one, states));
        // Who has seen a part of what was found together is told all of it again.
        for (const [place, { name, data }] of news.entries()) {
          yield { ...(place === news.length - 1 && { id: seen }), event: name, data };
        }
        const { progress } = found;
        const text = JSON.stringify(progress);
        if (text !== last) yield { event: 'progress', data: progress };
        last = text;
        if (progress.finished) return yield { event: 'done', data: progress };
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal: over }).catch(() => undefined);
    }
  }

  /** What is new, in order; null: the database does not answer now. */
  private async look(batchId: string, seen: Snapshot) {
    try {
      // First the shares: what ended after them is told the next time, before `done`.
      const shares = await batchShares(this.prisma, batchId);
      const [row] = await this.prisma.select<Found>(newsSince(batchId, seen));
      if (!row) return null;
      const news: News[] = [
        ...row.probes.map((probe) => ({ name: 'probe', ...probe }) as const),
        ...row.runs.map((run) => ({ name: 'run', ...run }) as const),
      ];
      news.sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
      return { seen: row.seen, news, progress: progressOf(shares) };
    } catch (error) {
      this.logger.warn(`Events of batch ${batchId}: ${String(error)}`);
      return null;
    }
  }
}

/** One statement, so that all is of one snapshot. */
function newsSince(batchId: string, seen: Snapshot): Prisma.Sql {
  const shown = whereAll([
    Prisma.sql`b."batchId" = ${batchId}`,
    ...ofAllowedDeployments(Prisma.sql`r."deploymentId"`),
  ]);
  return Prisma.sql`
    WITH runs AS (
      SELECT r.*, ${writtenAfter('r', seen)} AS changed
        FROM certification_batch_runs b JOIN certification_runs r ON r.id = b."runId"
       ${shown}
    ), attempts AS (
      -- Of a run that is not under way, nothing is recorded after it changed last.
      SELECT p.* FROM runs r JOIN certification_probe_results p ON p."runId" = r.id
       WHERE (r.changed OR r.status = 'PROCESSING') AND ${writtenAfter('p', seen)}
    )
    SELECT ${SEEN_NOW} AS seen,
      (SELECT coalesce(json_agg(json_build_object(
          'at', ${isoTime('p."completedAt"')},
          'data', json_build_object('runId', p."runId", 'probe', p.probe, 'attempt', p.attempt,
                                    'verdict', p.verdict, 'reason', p.reason,
                                    'costUsd', p."costUsd"))
          ORDER BY p."completedAt"), '[]') FROM attempts p) AS probes,
      (SELECT coalesce(json_agg(json_build_object(
          'at', ${isoTime('r."updatedAt"')},
          'data', json_build_object('runId', r.id, 'deploymentId', r."deploymentId",
                                    'region', r.region, 'status', r.status, 'rating', r.rating,
                                    'badge', r.badge, 'errorMessage', r."errorMessage",
                                    'nextAttemptAt', ${isoTime('r."nextAttemptAt"')}))
          ORDER BY r."updatedAt"), '[]') FROM runs r WHERE r.changed) AS runs`;
}

/** A row of a run is also written to keep its claim, which is nothing to tell. */
function isNews({ name, data }: News, states: Map<string, string>): boolean {
  if (name === 'probe') return true;
  const state = `${data.status} ${data.nextAttemptAt ?? ''}`;
  if (states.get(data.runId) === state) return false;
  states.set(data.runId, state);
  return true;
}
