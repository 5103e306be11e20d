import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { Injectable, UnprocessableEntityException } from '@nestjs/common';

import { Prisma } from '../../generated/prisma/client.js';
import { PrismaService } from '../database/prisma.service.js';
import { currentConfinement, keptUnder } from '../http/caller-context.js';
import { InvalidInput, ProblemException } from '../http/problem.js';
import { isObject } from '../json.js';
import { Turns } from '../turns.js';

const KEPT_HOURS = 24;
/** A request that is under way for longer was left by a process that died. */
const ABANDONED_SECONDS = 60;
const LOOK_EVERY_MS = 100;
/** How long a request waits for one in another process. */
const PATIENCE_MS = 10_000;
/** Old keys removed in passing. */
const SWEEP = 100;

/** A request that may be sent again with the same key and must then have no further effect. */
export interface RepeatableRequest {
  /** The `Idempotency-Key` header; undefined: it may not be repeated. */
  readonly key: string | undefined;
  /** Who sends it: one caller's keys say nothing to another. */
  readonly caller: string | null;
  readonly body: object;
}

/** Answers a request that came before under the same key as it was answered then. */
@Injectable()
export class IdempotencyService {
  /** Requests with one key wait for each other here, not each on the database. */
  private readonly turns = new Turns();

  constructor(private readonly prisma: PrismaService) {}

  /**
   * Does the work once for each key within 24 hours. Nothing is kept of work that fails.
   * @throws InvalidInput for a key that is none; UnprocessableEntityException when it came with
   *   another body; ProblemException 409 while the first request goes on for too long
   */
  async once(request: RepeatableRequest, work: () => Promise<object>): Promise<object> {
    const { key, caller, body } = request;
    if (key === undefined) return work();
    if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
      throw InvalidInput.field('/Idempotency-Key', 'must be 1 to 255 visible ASCII characters');
    }
    // What was answered before the caller was confined may tell of other providers.
    const id = { caller: keptUnder(caller ?? '', currentConfinement()), key };
    const hash = createHash('sha256').update(JSON.stringify(body)).digest('hex');
    return this.turns.take(`${id.caller} ${key}`, () => this.keptOrDone(id, hash, work));
  }

  private async keptOrDone(
    id: { caller: string; key: string },
    hash: string,
    work: () => Promise<object>,
  ): Promise<object> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!(await this.take(id, hash))) {
      const kept = await this.prisma.idempotencyKey.findUnique({ where: { caller_key: id } });
      if (kept && kept.requestHash !== hash) {
        throw new UnprocessableEntityException(
          'The Idempotency-Key came with another body before.',
        );
      }
      if (isObject(kept?.body)) return { ...kept.body };
      if (performance.now() > deadline) {
        const detail = 'The first request with this Idempotency-Key is still under way.';
        throw new ProblemException(409, detail, { retryAfterMs: 1_000 });
      }
      await sleep(LOOK_EVERY_MS);
    }
    return this.answer(id, work);
  }

  /** Whether the key is ours: new, forgotten by now, or left by a process that died. */
  private async take(id: { caller: string; key: string }, hash: string): Promise<boolean> {
    const taken = await this.prisma.$queryRaw<unknown[]>(Prisma.sql`
      WITH swept AS (
        DELETE FROM idempotency_keys WHERE (caller, key) IN (
          SELECT caller, key FROM idempotency_keys
           WHERE "createdAt" < now() - make_interval(hours => ${KEPT_HOURS})
             AND (caller, key) <> (${id.caller}, ${id.key}) LIMIT ${SWEEP})
      )
      INSERT INTO idempotency_keys AS k (caller, key, "requestHash", "createdAt")
      VALUES (${id.caller}, ${id.key}, ${hash}, now())
      ON CONFLICT (caller, key) DO UPDATE
         SET "requestHash" = excluded."requestHash", body = NULL, "createdAt" = now()
       WHERE k."createdAt" < now() - make_interval(hours => ${KEPT_HOURS})
          OR (k.body IS NULL
              AND k."createdAt" < now() - make_interval(secs => ${ABANDONED_SECONDS}))
      RETURNING key`);
    return taken.length > 0;
  }

  private async answer(
    id: { caller: string; key: string },
    work: () => Promise<object>,
  ): Promise<object> {
    const where = { caller_key: id };
    try {
      const answer = await work();
      await this.prisma.idempotencyKey.update({ where, data: { body: { ...answer } } });
      return answer;
    } catch (error) {
      await this.prisma.idempotencyKey.deleteMany({
        where: { ...id, body: { equals: Prisma.DbNull } },
      });
      throw error;
    }
  }
}
