import {
  Logger,
  ServiceUnavailableException,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';

import type { Config } from '../config.js';
import type { PrismaService } from '../database/prisma.service.js';
import { postgresStore, redisStore, type LimitStore } from './limit-store.js';

/** So close to its end a window is left as it is: what is given back might reach the next one. */
const MARGIN_MS = 1_000;

/** What a request needs of a limit per minute. */
export interface Demand {
  /** Whose limit it is, and of what. */
  readonly key: string;
  /** A whole number. */
  readonly amount: number;
  /** So much there is in a window. */
  readonly limit: number;
}

/** What a request took, in a window that is over at `until` (of the monotonic clock). */
export interface Taken<D extends Demand = Demand> {
  readonly demand: D;
  readonly until: number;
}

/** A limit was reached: nothing was taken. */
export class LimitReached<D extends Demand = Demand> extends Error {
  constructor(
    readonly demand: D,
    /** Until the window is over. */
    readonly waitMs: number,
  ) {
    super(`The limit ${demand.key} is reached.`);
  }
}

/**
 * Limits per minute that hold over all processes: counted in Redis where there is one, else in
 * PostgreSQL, in fixed windows that begin with their first request.
 */
export class RateLimits implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(RateLimits.name);

  constructor(private readonly store: LimitStore) {}

  /** Counted where the configuration says. */
  static of({ redisUrl }: Config, prisma: PrismaService): RateLimits {
    return new RateLimits(redisUrl ? redisStore(redisUrl) : postgresStore(prisma));
  }

  async onModuleInit(): Promise<void> {
    await this.store.open();
  }

  onApplicationShutdown(): void {
    this.store.close();
  }

  /**
   * Takes all of the demands or, when one of them goes over its limit, nothing.
   * @throws LimitReached; ServiceUnavailableException when the counts cannot be reached
   */
  async take<D extends Demand>(demands: readonly D[]): Promise<Taken<D>[]> {
    const counted = await Promise.all(demands.map((demand) => this.count(demand)));
    const [over] = counted
      .filter(({ demand, sum }) => sum > demand.limit)
      .toSorted((one, other) => other.until - one.until);
    if (!over) return counted;
    await Promise.all(counted.map((taken) => this.settle(taken, 0)));
    throw new LimitReached(over.demand, over.until - performance.now());
  }

  /**
   * Says how much of what was taken was really used: the rest is given back, what is missing is
   * added. Never fails; counts that cannot be corrected are right again in the next window.
   */
  async settle({ demand, until }: Taken, used: number): Promise<void> {
    const { limiter } = this.store;
    const missing = used - demand.amount;
    try {
      if (missing > 0) await limiter.penalty(demand.key, missing);
      else if (missing < 0 && performance.now() < until - MARGIN_MS) {
        await limiter.reward(demand.key, -missing);
      }
    } catch (error) {
      this.logger.warn(`A count could not be corrected: ${String(error)}`);
    }
  }

  private async count<D extends Demand>(demand: D): Promise<Taken<D> & { readonly sum: number }> {
    try {
      const { consumedPoints, msBeforeNext } = await this.store.limiter.consume(
        demand.key,
        demand.amount,
      );
      return { demand, sum: consumedPoints, until: performance.now() + msBeforeNext };
    } catch (error) {
      this.logger.error(`Rate limits cannot be counted: ${String(error)}`);
      throw new ServiceUnavailableException('The counts of the rate limits cannot be reached.');
    }
  }
}
