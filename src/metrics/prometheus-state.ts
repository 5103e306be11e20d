import type pg from 'pg';
import { Counter, Gauge, type Registry } from 'prom-client';

import type { QueueDepth } from '../certification/queue/queue-depth.service.js';
import type { CacheCounts } from '../shared/cache/model-cache.service.js';
import { hitRatio } from './cache-summary.js';

/** Metrics that are read where they are kept, when they are asked for. */

/** A metric whose values are kept elsewhere, by one label. */
interface Kept {
  readonly name: string;
  readonly help: string;
  readonly label: string;
  readonly read: () => Record<string, number>;
}

export function addCounter(register: Registry, { name, help, label, read }: Kept): void {
  new Counter({
    ...{ name, help, labelNames: [label], registers: [register] },
    collect() {
      this.reset();
      for (const [key, value] of Object.entries(read())) this.inc({ [label]: key }, value);
    },
  });
}

export function addCache(register: Registry, counts: CacheCounts): void {
  addCounter(register, {
    name: 'model_catalog_cache_requests_total',
    help: 'Requests to the cache: found, read from the database, or sharing a reading under way.',
    label: 'result',
    read: () => ({ hit: counts.hits, miss: counts.misses, shared: counts.shared }),
  });
  addCounter(register, {
    name: 'model_catalog_cache_invalidations_total',
    help: 'Tags found changed, by a write of this process or of another one.',
    label: 'origin',
    read: () => ({ here: counts.invalidatedHere, elsewhere: counts.invalidatedElsewhere }),
  });
  new Gauge({
    name: 'model_catalog_cache_hit_ratio',
    help: 'Hits of all requests to the cache since the process started; 0 before the first.',
    registers: [register],
    collect() {
      this.set(hitRatio(counts) ?? 0);
    },
  });
}

export function addPool(register: Registry, pool: pg.Pool): void {
  new Gauge({
    name: 'model_catalog_database_connections',
    help: "Connections of the process's pool to the database, by what they do.",
    labelNames: ['state'],
    registers: [register],
    collect() {
      this.set({ state: 'idle' }, pool.idleCount);
      this.set({ state: 'busy' }, pool.totalCount - pool.idleCount);
    },
  });
  new Gauge({
    name: 'model_catalog_database_connections_limit',
    help: "Connections the process's pool may open.",
    registers: [register],
    collect() {
      this.set(pool.options.max);
    },
  });
  new Gauge({
    name: 'model_catalog_database_waiting_requests',
    help: 'Statements that wait for a connection of the pool.',
    registers: [register],
    collect() {
      this.set(pool.waitingCount);
    },
  });
}

/** The queue, which is the same whichever process tells of it. */
export class QueueGauges {
  private readonly up: Gauge;
  private readonly runs: Gauge;
  private readonly oldest: Gauge;

  constructor(register: Registry) {
    const registers = [register];
    this.up = new Gauge({
      name: 'model_catalog_database_up',
      help: 'Whether the database answered this scrape within its time: 1 or 0.',
      registers,
    });
    this.runs = new Gauge({
      name: 'model_catalog_queue_runs',
      help: 'Certification runs that are not over, in all processes, by what they wait for.',
      labelNames: ['state'],
      registers,
    });
    this.oldest = new Gauge({
      name: 'model_catalog_queue_oldest_waiting_seconds',
      help: 'How long the oldest certification run has waited that could begin; 0: none waits.',
      registers,
    });
  }

  /** @param depth null: it could not be read, so that nothing is told of it */
  set(depth: QueueDepth | null): void {
    this.up.set(Number(depth !== null));
    this.runs.reset();
    this.oldest.remove();
    if (depth === null) return;
    const { waiting, waitingForSlot, delayed, processing, oldestWaitingSeconds } = depth;
    const states = { waiting, waiting_for_slot: waitingForSlot, delayed, processing };
    for (const [state, runs] of Object.entries(states)) this.runs.set({ state }, runs);
    this.oldest.set(oldestWaitingSeconds);
  }
}
