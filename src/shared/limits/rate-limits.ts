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
   * Takes all of the demands or, when one of them goes over its limit, nothing. Whoever competes for
   * the same limits names them in the same order: one of two that exceed them together has its way.
   * @throws LimitReached; ServiceUnavailableException when the counts cannot be reached
   */
  async take<D extends Demand>(demands: readonly D[]): Promise<Taken<D>[]> {
    const counted: Taken<D>[] = [];
    // One after the other: side by side, each of two would keep the other from a limit.
    for (const demand of demands) {
      const { sum, ...taken } = await this.count(demand);
      counted.push(taken);
      if (sum > demand.limit) {
        await Promise.all(counted.map((each) => this.settle(each, 0)));
        throw new LimitReached(demand, taken.until - performance.now());
      }
    }
    return counted;
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
