import { setTimeout as sleep } from 'node:timers/promises';

import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';

import { Messages } from '../messages/messages.js';

/** The tag of all there is. */
export const EVERYTHING = '*';

const TOPIC = 'cache.invalidated';
const MAX_TAGS = 1_000;
const RETRY_MS = 500;

/**
 * Tells the other processes which tags changed. It may be down: then their caches live until their
 * time is up, and what was not told is told when it is back.
 */
@Injectable()
export class InvalidationChannel implements OnApplicationShutdown {
  private readonly logger = new Logger(InvalidationChannel.name);
  private readonly untold = new Set<string>();
  private telling = false;
  private stopped = false;

  constructor(private readonly messages: Messages) {}

  /** Calls back with the tags that other processes changed. */
  async listen(changed: (tags: readonly string[]) => void): Promise<void> {
    this.messages.onMissed(() => changed([EVERYTHING]));
    await this.messages.listen<readonly string[]>(TOPIC, ({ data, own }) => {
      if (!own) changed(data);
    });
  }

  /** Returns at once; tags that cannot be told now are told as soon as they can. */
  tell(tags: readonly string[]): void {
    for (const tag of tags) this.untold.add(tag);
    if (this.untold.size > MAX_TAGS) {
      this.untold.clear();
      this.untold.add(EVERYTHING);
    }
    if (!this.telling) void this.tellAll();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
  }

  private async tellAll(): Promise<void> {
    this.telling = true;
    while (this.untold.size > 0 && !this.stopped) {
      const tags = [...this.untold];
      this.untold.clear();
      try {
        await this.messages.send(TOPIC, tags);
      } catch (error) {
        this.logger.warn(`Invalidation channel: ${String(error)}`);
        for (const tag of tags) this.untold.add(tag);
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
    this.telling = false;
  }
}
