import { Logger } from '@nestjs/common';

import { mayPass } from './database/prisma-errors.js';
import { JsonArray } from './json-array.js';
import { outOfContext } from './logging/log-context.js';
import { orderedId } from './ordered-id.js';

/** An item with the id it gets: written twice, it is stored once. */
export type Identified<Item> = Item & { readonly id: string };

/** What is held, and how. */
export interface BufferOptions<Item> {
  /** Who says in the log what became of them. */
  readonly name: string;
  /** What they are called there. */
  readonly what: string;
  /** The JSON of an item; left out: as JSON has it. */
  readonly encode?: (item: Identified<Item>) => string;
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

/** Holds items until they are written in batches. Adding one never waits and never fails. */
export class BatchBuffer<Item extends object> {
  /** What became of the items since the process started. */
  readonly counts = { written: 0, dropped: 0 };
  private readonly logger: Logger;
  /** The oldest first; each is written by itself. */
  private readonly waiting: JsonArray[] = [];
  /** What takes no more. */
  private writing: JsonArray | undefined;
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> | undefined;
  private away = false;
  private closed = false;

  constructor(private readonly options: BufferOptions<Item>) {
    this.logger = new Logger(options.name);
  }

  add(items: readonly Item[]): void {
    const { mostKept = MOST_KEPT } = this.options;
    const room = this.closed ? 0 : mostKept - this.held;
    const kept = items.slice(0, room);
    this.counts.dropped += items.length - kept.length;
    for (const item of kept) this.hold(item);
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
    return this.waiting.reduce((sum, { length }) => sum + length, 0);
  }

  private hold(item: Item): void {
    const { encode = JSON.stringify } = this.options;
    try {
      // To spread the item would cost twenty times as much.
      const json = encode(Object.assign({ id: orderedId() }, item));
      this.open().push(json);
    } catch (error) {
      this.drop(1, String(error));
    }
  }

  private open(): JsonArray {
    const last = this.waiting.at(-1);
    if (last && last !== this.writing && last.length < MOST_AT_ONCE) return last;
    const next = new JsonArray();
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
      await this.options.write(batch.toBuffer());
      this.counts.written += batch.length;
      this.away = false;
    } catch (error) {
      const wasAway = this.away;
      this.away = mayPass(error);
      if (!this.away) this.drop(batch.length, String(error));
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
