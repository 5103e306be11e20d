import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { createPostgresRelayBackend, Relay } from 'bullmq';

import { Config } from '../config.js';
import { inTime } from '../in-time.js';
import { seldom } from '../logging/seldom.js';
import { postgresConnection, redisConnection } from '../queue/connections.js';
import { RedisRetries } from '../queue/redis-retries.js';

/** A datastore that is away keeps BullMQ waiting for ever; starting and stopping wait this long. */
const PATIENCE_MS = 2_000;

/** A message as it arrives. */
export interface Message<Data> {
  readonly data: Data;
  /** Whether this process sent it. */
  readonly own: boolean;
}

interface Envelope<Data> {
  readonly from: string;
  readonly data: Data;
}

/**
 * Messages between the processes of the service, over Redis or PostgreSQL. Any of them may get
 * lost: what they say must be found out in another way as well, only later.
 */
@Injectable()
export class Messages implements OnApplicationShutdown {
  private readonly logger = new Logger(Messages.name);
  private readonly relay: Pick<Relay, 'nodeId' | 'on' | 'subscribe' | 'publish' | 'close'>;

  constructor(config: Config, retries: RedisRetries) {
    const namespace = 'model-catalog';
    this.relay = config.redisUrl
      ? new Relay({ namespace, connection: redisConnection(config.redisUrl, retries) })
      : new Relay({
          namespace,
          connection: { ...postgresConnection(config.databaseUrl, 2) },
          backend: createPostgresRelayBackend,
        });
    this.relay.on(
      'error',
      seldom((message) => this.logger.warn(message)),
    );
  }

  /** Calls back for each message on a topic, those of this process included. */
  async listen<Data>(topic: string, heard: (message: Message<Data>) => void): Promise<void> {
    const { nodeId } = this.relay;
    const subscribed = this.relay
      .subscribe<Envelope<Data>>(topic, ({ data: { from, data } }) =>
        heard({ data, own: from === nodeId }),
      )
      .catch((error: Error) => this.logger.warn(error.message));
    await inTime(subscribed, PATIENCE_MS);
  }

  /** Calls back after a gap, when nobody knows what was missed. */
  onMissed(callback: () => void): void {
    this.relay.on('recovered', callback);
  }

  /** @throws Error when the message could not be sent */
  async send<Data>(topic: string, data: Data): Promise<void> {
    const envelope: Envelope<Data> = { from: this.relay.nodeId, data };
    await this.relay.publish(topic, envelope);
  }

  async onApplicationShutdown(): Promise<void> {
    await inTime(this.relay.close(), PATIENCE_MS);
  }
}
