import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { Injectable, Logger, UnprocessableEntityException } from '@nestjs/common';

import { Prisma } from '../../generated/prisma/client.js';
import { PrismaService } from '../database/prisma.service.js';
import { currentCaller, currentConfinement, keptUnder } from '../http/caller-context.js';
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
  readonly body: object;
}

/** Keeps the answer, in the transaction of the work that it tells of: both are stored, or none. */
export type KeepAnswer = (tx: Prisma.TransactionClient, answer: object) => Promise<void>;

/** Without a key there is nothing to keep the answer under. */
type Work = (keep?: KeepAnswer) => Promise<object>;

interface KeyId {
  readonly caller: string;
  readonly key: string;
}

/** A key as one request took it; who takes it later changes the time. */
interface TakenKey extends KeyId {
  readonly createdAt: Date;
}

/** Answers a request that came before under the same key as it was answered then. */
@Injectable()
export class IdempotencyService {
  private readonly logger = new Logger(IdempotencyService.name);
  /** Requests with one key wait for each other here, not each on the database. */
  private readonly turns = new Turns();

  constructor(private readonly prisma: PrismaService) {}

  /**
   * Does the work once for each key of a caller within 24 hours. Nothing is kept of work that fails.
   * @param work must keep its answer
   * @throws InvalidInput for a key that is none; UnprocessableEntityException when it came with
   *   another body; ProblemException 409 while the first request goes on for too long, and when
   *   this one did, so that another one took its key
   */
  async once(request: RepeatableRequest, work: Work): Promise<object> {
    const { key, body } = request;
    if (key === undefined) return work();
    if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
      throw InvalidInput.field('/Idempotency-Key', 'must be 1 to 255 visible ASCII characters');
    }
    const id = { caller: idOfCaller(), key };
    const hash = createHash('sha256').update(JSON.stringify(body)).digest('hex');
    return this.turns.take(`${id.caller} ${key}`, () => this.keptOrDone(id, hash, work));
  }

  private async keptOrDone(id: KeyId, hash: string, work: Work): Promise<object> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const taken = await this.take(id, hash);
      if (taken) return this.done(taken, work);
      const kept = await this.prisma.idempotencyKey.findUnique({ where: { caller_key: id } });
      if (kept && kept.requestHash !== hash) {
        throw new UnprocessableEntityException(
          'The Idempotency-Key came with another body before.',
        );
      }
      if (isObject(kept?.body)) return { ...kept.body };
      if (performance.now() > deadline) {
        throw underWay('The first request with this Idempotency-Key is still under way.');
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** Takes a key that is new, forgotten by now, or left by a process that died; null: it is none. */
  private async take(id: KeyId, hash: string): Promise<TakenKey | null> {
    const [taken] = await this.prisma.$queryRaw<TakenKey[]>(Prisma.sql`
      WITH swept AS (
        DELETE FROM idempotency_keys WHERE (caller, key) IN (
          SELECT caller, key FROM idempotency_keys
           WHERE "createdAt" < now() - make_interval(hours => ${KEPT_HOURS})
             AND (caller, key) <> (${id.caller}, ${id.key}) LIMIT ${SWEEP} FOR UPDATE SKIP LOCKED)
      )
      INSERT INTO idempotency_keys AS k (caller, key, "requestHash", "createdAt")
      VALUES (${id.caller}, ${id.key}, ${hash}, now())
      ON CONFLICT (caller, key) DO UPDATE
         SET "requestHash" = excluded."requestHash", body = NULL, "createdAt" = now()
       WHERE k."createdAt" < now() - make_interval(hours => ${KEPT_HOURS})
          OR (k.body IS NULL
              AND k."createdAt" < now() - make_interval(secs => ${ABANDONED_SECONDS}))
      RETURNING caller, key, "createdAt"`);
    return taken ?? null;
  }

  private async done(taken: TakenKey, work: Work): Promise<object> {
    try {
      return await work((tx, answer) => keep(tx, taken, answer));
    } catch (error) {
      // Work that was stored has its answer here, whatever failed after it.
      const where = { ...taken, body: { equals: Prisma.DbNull } };
      await this.prisma.idempotencyKey.deleteMany({ where }).catch((fault: unknown) => {
        this.logger.warn(`An Idempotency-Key stays taken for a minute: ${String(fault)}`);
      });
      throw error;
    }
  }
}

/**
 * By ids: a user may leave their email address to another one. What was answered before a caller was
 * confined may tell of other providers.
 */
function idOfCaller(): string {
  const caller = currentCaller();
  return keptUnder(caller?.keyId ?? caller?.userId ?? '', currentConfinement());
}

/** @throws ProblemException 409 when another request took the key meanwhile */
async function keep(tx: Prisma.TransactionClient, where: TakenKey, answer: object): Promise<void> {
  const { count } = await tx.idempotencyKey.updateMany({ where, data: { body: { ...answer } } });
  if (count === 0) throw underWay('Another request with this Idempotency-Key came meanwhile.');
}

function underWay(detail: string): ProblemException {
  return new ProblemException(409, detail, { retryAfterMs: 1_000 });
}
