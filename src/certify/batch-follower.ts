import { setTimeout as sleep } from 'node:timers/promises';

import type { components } from '../../docs/api/openapi.js';
import { numberOrNull, objectOrNull, parseJson, stringOrNull } from '../shared/json.js';
import type { SseEvent } from '../shared/sse.js';
import { AWAY_MS, PAUSE_MS, type CatalogueClient } from './catalogue-client.js';
import { eventsIn } from './event-stream.js';
import { Failure, passes, Unreachable } from './failure.js';

type Schemas = components['schemas'];

/** How far a batch is. */
export type Progress = Pick<Schemas['BatchProgressDto'], 'progress' | 'finished' | 'costUsd'>;

/** The state a run is in. */
export interface RunState {
  readonly runId: string;
  readonly status: string;
  readonly rating: number | null;
  readonly badge: string | null;
  readonly errorMessage: string | null;
  readonly nextAttemptAt: string | null;
}

/** What a batch is followed for. */
export interface Listener {
  /** A run is in another state than it was. */
  run(state: RunState): void;
  progress(progress: Progress): void;
  notice(sentence: string): void;
}

/**
 * Follows a batch to its end by its events. Whenever they end before it does, it is read once in
 * the ordinary way, and the events are asked for again from the last one seen: so a server that
 * restarts costs nothing, and where no events come through, reading is enough.
 */
export class BatchFollower {
  private lastEventId: string | null = null;
  private readonly told = new Map<string, string>();
  private answeredAt = performance.now();
  private away = false;

  constructor(
    private readonly client: CatalogueClient,
    private readonly batchId: string,
    private readonly listener: Listener,
    private readonly awayMs = AWAY_MS,
  ) {}

  /**
   * Returns when every run has ended.
   * @throws Failure when the server refuses or is away for too long; the signal's reason
   */
  async follow(signal: AbortSignal): Promise<void> {
    while (!((await this.listen(signal)) || (await this.read(signal)))) {
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }

  /** Whether the batch ended while its events came. */
  private async listen(signal: AbortSignal): Promise<boolean> {
    const header = this.lastEventId === null ? {} : { 'Last-Event-ID': this.lastEventId };
    const params = { path: { id: this.batchId }, header };
    const path = '/api/certification-queue/batches/{id}/events';
    try {
      for await (const event of eventsIn(
        (until) =>
          this.client.open(
            (api) => api.GET(path, { params, parseAs: 'stream', signal: until }),
            signal,
            until,
          ),
        signal,
      )) {
        this.answered();
        if (this.take(event)) return true;
      }
    } catch (error) {
      // Whether it is worth going on is for the ordinary request to say.
      if (!(error instanceof Failure)) throw error;
    }
    return false;
  }

  private take({ name, data, id }: SseEvent): boolean {
    this.lastEventId = id ?? this.lastEventId;
    const value = objectOrNull(parseJson(data));
    if (!value) return false;
    if (name === 'run') {
      this.tell({
        runId: String(value.runId),
        status: String(value.status),
        rating: numberOrNull(value.rating),
        badge: stringOrNull(value.badge),
        errorMessage: stringOrNull(value.errorMessage),
        nextAttemptAt: stringOrNull(value.nextAttemptAt),
      });
    }
    if (name !== 'progress' && name !== 'done') return false;
    this.listener.progress({
      progress: numberOrNull(value.progress) ?? 0,
      finished: name === 'done',
      costUsd: numberOrNull(value.costUsd) ?? 0,
    });
    return name === 'done';
  }

  /** Whether the batch has ended, by an ordinary request. */
  private async read(signal: AbortSignal): Promise<boolean> {
    const params = { path: { id: this.batchId } };
    try {
      const batch = await this.client.once(
        (api, until) => api.GET('/api/certification-queue/batches/{id}', { params, signal: until }),
        signal,
      );
      this.answered();
      for (const run of batch.runs) this.tell({ ...run, runId: run.id });
      this.listener.progress(batch);
      return batch.finished;
    } catch (error) {
      if (!passes(error)) throw error;
      this.unanswered();
      return false;
    }
  }

  private answered(): void {
    this.answeredAt = performance.now();
    if (this.away) this.listener.notice('The catalogue answers again.');
    this.away = false;
  }

  private unanswered(): void {
    const awayMs = performance.now() - this.answeredAt;
    if (awayMs > this.awayMs) {
      throw new Unreachable(`${this.client.url} has not answered for ${seconds(awayMs)} s.`);
    }
    if (!this.away) {
      this.listener.notice(`The catalogue is away; trying again for ${seconds(this.awayMs)} s.`);
    }
    this.away = true;
  }

  /** Events may come again; a state is told once. */
  private tell(state: RunState): void {
    const { runId, status, nextAttemptAt } = state;
    const key = `${status} ${nextAttemptAt ?? ''}`;
    if (this.told.get(runId) === key) return;
    this.told.set(runId, key);
    this.listener.run(state);
  }
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds / 1000);
}
