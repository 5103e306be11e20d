import { Logger } from '@nestjs/common';

import { mayPass } from './database/prisma-errors.js';
import { JsonArray } from './json-array.js';
import { outOfContext } from './logging/log-context.js';

/** What is held, and how. */
export interface BufferOptions<Item> {
  /** Who says in the log what became of them. */
  readonly name: string;
  /** What they are called there. */
  readonly what: string;
  /** How many an item counts as; left out: one. */
  readonly sizeOf?: (item: Item) => number;
  /** The JSON of an item, with an id: written twice, it is to be stored once. */
  readonly encode: (item: Item) => string;
  /** Stores a JSON array of items, in UTF-8; it may be given the same ones again after it failed. */
  readonly write: (items: Buffer) => Promise<unknown>;
  /** So many are kept while the database is away; what comes on top is dropped. */
  readonly mostKept?: number;
}

/** As soon as there are so many items, they are written. */
export const BATCH = 500;
/** So many are written at once at most: those that gathered while the batch before was written. */
export const MOST_AT_ONCE = 2_000;
/** Items wait this long at most while the database answers. */
export const FLUSH_MS = 1_000;
/** So many are kept while it does not, unless the options say otherwise. */
export const MOST_KEPT = 50_000;
/** A stopping process waits this long for its last items to be written. */
export const PATIENCE_MS = 5_000;

/** Items that are written together. */
interface Batch {
  readonly json: JsonArray;
  size: number;
}

/** Holds items until they are written in batches. Adding one never waits and never fails. */
export class BatchBuffer<Item> {
  /** What became of the items since the process started. */
  readonly counts = { written: 0, dropped: 0 };
  private readonly logger: Logger;
  /** The oldest first; each is written by itself. */
  private readonly waiting: Batch[] = [];
  /** What takes no more. */
  private writing: Batch | undefined;
  /**
   * What held a batch that is written, for the next one: with new bytes for each of 40 batches a
   * second V8 collects the whole heap every three seconds.
   */
  private spare: JsonArray | undefined;
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> | undefined;
  private away = false;
  private closed = false;

  constructor(private readonly options: BufferOptions<Item>) {
    this.logger = new Logger(options.name);
  }

  add(items: readonly Item[]): void {
    for (const item of items) this.hold(item);
    outOfContext(() => {
      if (this.held >= BATCH && !this.away) void this.flush();
      else this.flushLater();
    });
  }

  /** Writes what is left, within {@link PATIENCE_MS}; what cannot be written is dropped. */
  async close(): Promise<void> {
    this.closed = true;
    let patience: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      patience = setTimeout(resolve, PATIENCE_MS);
    });
    await Promise.race([this.writeRest(), late]);
    clearTimeout(patience);
    const { held } = this;
    this.waiting.length = 0;
    this.drop(held, 'the process stops');
  }

  private get held(): number {
    return this.waiting.reduce((sum, { size }) => sum + size, 0);
  }

  private hold(item: Item): void {
    const { mostKept = MOST_KEPT, sizeOf = () => 1, encode } = this.options;
    const size = sizeOf(item);
    if (size === 0) return;
    if (this.closed || this.held + size > mostKept) {
      this.counts.dropped += size;
      return;
    }
    try {
      const json = encode(item);
      const batch = this.open();
      batch.json.push(json);
      batch.size += size;
    } catch (error) {
      this.drop(size, String(error));
    }
  }

  private open(): Batch {
    const last = this.waiting.at(-1);
    if (last && last !== this.writing && last.size < MOST_AT_ONCE) return last;
    const next = { json: this.spare ?? new JsonArray(), size: 0 };
    this.spare = undefined;
    this.waiting.push(next);
    return next;
  }

  private async writeRest(): Promise<void> {
    do await this.flush();
    while (this.waiting.length > 0 && !this.away);
  }

  private flushLater(): void {
    if (this.closed || this.waiting.length === 0) return;
    this.timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
  }

  /** Whatever is under way sets the timer anew when it is over. */
  private flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.flushing ??= this.writeWaiting().finally(() => {
      this.flushing = undefined;
      this.flushLater();
    });
    return this.flushing;
  }

  /** What is there now, and then full batches only: the rest gathers until its time. */
  private async writeWaiting(): Promise<void> {
    do await this.writeOldest();
    while (!this.away && this.held >= BATCH);
  }

  private async writeOldest(): Promise<void> {
    const [batch] = this.waiting;
    if (!batch) return;
    this.writing = batch;
    try {
      await this.options.write(batch.json.toBuffer());
      this.counts.written += batch.size;
      this.away = false;
      batch.json.clear();
      this.spare = batch.json;
    } catch (error) {
      const wasAway = this.away;
      this.away = mayPass(error);
      if (!this.away) this.drop(batch.size, String(error));
      else if (!wasAway)
        this.logger.warn(`The database is away or busy: ${this.options.what} wait for it.`);
    }
    this.writing = undefined;
    if (!this.away) this.waiting.shift();
  }

  private drop(count: number, reason: string): void {
    if (count === 0) return;
    this.counts.dropped += count;
    this.logger.error(`${count} ${this.options.what} are lost: ${reason}`);
  }
}
