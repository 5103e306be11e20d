import { Injectable } from '@nestjs/common';

import { Prisma } from '../../generated/prisma/client.js';
import { isDatabaseAway } from '../../shared/database/prisma-errors.js';
import { PrismaService } from '../../shared/database/prisma.service.js';
import type { Attempt } from '../validation/outcome.js';
import { byTime } from '../validation/suite.js';
import { attemptFrom, attemptRow } from './attempt-row.js';
import { ClaimLost, type Claim } from './claim.js';

/** So many attempts go into one statement at most. */
const MOST_AT_ONCE = 100;

interface Waiting {
  readonly claim: Claim;
  readonly attempt: Attempt;
  readonly stored: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * The attempts of runs. Those that come while others are being written go together into the next
 * statement: a worker with many runs under way would spend most of its time on single ones.
 */
@Injectable()
export class AttemptStore {
  private waiting: Waiting[] = [];
  private writing = false;

  constructor(private readonly prisma: PrismaService) {}

  /** The attempts of a run recorded so far, in order. */
  async of(runId: string): Promise<Attempt[]> {
    const rows = await this.prisma.certificationProbeResult.findMany({ where: { runId } });
    return rows.map(attemptFrom).toSorted(byTime);
  }

  /**
   * Stores an attempt, and returns once it is safe; one that is stored already stays as it is.
   * @throws ClaimLost
   */
  record(claim: Claim, attempt: Attempt): Promise<void> {
    return new Promise((stored, failed) => {
      this.waiting.push({ claim, attempt, stored, failed });
      if (!this.writing) void this.writeAll();
    });
  }

  private async writeAll(): Promise<void> {
    this.writing = true;
    while (this.waiting.length > 0) await this.settle(this.waiting.splice(0, MOST_AT_ONCE));
    this.writing = false;
  }

  /** What the database refuses for the sake of one attempt fails that one alone. */
  private async settle(batch: readonly Waiting[]): Promise<void> {
    try {
      const held = await this.write(batch);
      for (const { claim, stored, failed } of batch) {
        if (held.get(claim.runId) === claim.fence) stored();
        else failed(new ClaimLost(claim));
      }
    } catch (error) {
      if (batch.length === 1 || isDatabaseAway(error)) {
        for (const { failed } of batch) failed(error);
      } else {
        for (const one of batch) await this.settle([one]);
      }
    }
  }

  /** @returns the fence of each run whose claim holds. They are locked in one order, as by everybody. */
  private async write(batch: readonly Waiting[]): Promise<Map<string, number>> {
    const rows = batch.map(({ claim, attempt }) => attemptRow(claim, attempt));
    const held = await this.prisma.select<{ id: string; fence: number }>(Prisma.sql`
      WITH made AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS row(
          id text, "runId" text, fence int, probe text, attempt int, verdict "ProbeVerdict",
          reason text, message text, warnings text[], evidence jsonb, metrics jsonb,
          "inputTokens" int, "outputTokens" int, "costUsd" float8,
          "startedAt" timestamptz, "completedAt" timestamptz)
      ), held AS (
        SELECT r.id, r.fence FROM certification_runs r
         WHERE (r.id, r.fence) IN (SELECT "runId", fence FROM made) AND r.status = 'PROCESSING'
         ORDER BY r.id FOR SHARE
      ), stored AS (
        INSERT INTO certification_probe_results
          (id, "runId", probe, attempt, verdict, reason, message, warnings, evidence, metrics,
           "inputTokens", "outputTokens", "costUsd", "startedAt", "completedAt")
        SELECT made.id, made."runId", probe, attempt, verdict, reason, message, warnings, evidence,
               metrics, "inputTokens", "outputTokens", "costUsd",
               "startedAt" AT TIME ZONE 'UTC', "completedAt" AT TIME ZONE 'UTC'
          FROM made JOIN held ON held.id = made."runId" AND held.fence = made.fence
        ON CONFLICT ("runId", probe, attempt) DO NOTHING
      )
      SELECT id, fence FROM held`);
    return new Map(held.map(({ id, fence }) => [id, fence]));
  }
}
