import { setTimeout as sleep } from 'node:timers/promises';

import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { createPostgresRelayBackend, Relay } from 'bullmq';

import { Config } from '../config.js';
import { inTime } from '../in-time.js';

/** The tag of all there is. */
export const EVERYTHING = '*';

const TOPIC = 'cache.invalidated';
const MAX_TAGS = 1_000;
/** A datastore that is away keeps BullMQ waiting for ever; starting and stopping wait this long. */
const PATIENCE_MS = 2_000;
const RETRY_MS = 500;

interface News {
  readonly from: string;
  readonly tags: readonly string[];
}

/**
 * Tells the other processes which tags changed. It may be down: then their caches live until their
 * time is up, and what was not told is told when it is back.
 */
@Injectable()
export class InvalidationChannel implements OnApplicationShutdown {
  private readonly logger = new Logger(InvalidationChannel.name);
  private readonly relay: Pick<Relay, 'nodeId' | 'on' | 'subscribe' | 'publish' | 'close'>;
  private readonly untold = new Set<string>();
  private telling = false;
  private stopped = false;

  constructor(config: Config) {
    const namespace = 'model-catalog';
    this.relay = config.redisUrl
      ? new Relay({ namespace, connection: { url: config.redisUrl } })
      : new Relay({
          namespace,
          connection: { connectionString: config.databaseUrl, migrate: true, max: 2 },
          backend: createPostgresRelayBackend,
        });
    this.relay.on('error', (error: Error) =>
      this.logger.warn(`Invalidation channel: ${error.message}`),
    );
  }

  /** Calls back with the tags that other processes changed. */
  async listen(changed: (tags: readonly string[]) => void): Promise<void> {
    // After a gap in its registration nobody knows what was missed.
    this.relay.on('recovered', () => changed([EVERYTHING]));
    const subscribed = this.relay
      .subscribe<News>(TOPIC, ({ data }) => {
        if (data.from !== this.relay.nodeId) changed(data.tags);
      })
      .catch((error: Error) => this.logger.warn(`Invalidation channel: ${error.message}`));
    await inTime(subscribed, PATIENCE_MS);
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

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await inTime(this.relay.close(), PATIENCE_MS);
  }

  private async tellAll(): Promise<void> {
    this.telling = true;
    while (this.untold.size > 0 && !this.stopped) {
      const tags = [...this.untold];
      this.untold.clear();
      const news: News = { from: this.relay.nodeId, tags };
      try {
        await this.relay.publish(TOPIC, news);
      } catch (error) {
        this.logger.warn(`Invalidation channel: ${String(error)}`);
        for (const tag of tags) this.untold.add(tag);
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
    this.telling = false;
  }
}
