import { setTimeout as sleep } from 'node:timers/promises';

import { ConflictException, Injectable } from '@nestjs/common';

import type { Prisma } from '../../generated/prisma/client.js';
import { EVERYTHING } from '../../shared/cache/invalidation-channel.js';
import { ModelCacheService } from '../../shared/cache/model-cache.service.js';
import { isWriteConflict } from '../../shared/database/prisma-errors.js';
import { PrismaService } from '../../shared/database/prisma.service.js';
import { recordDeed, settleAudit } from '../../shared/logging/audit.js';
import { insertRows, updateRows, type Row } from './bulk-sql.js';
import type { CheckedRow } from './checked-rows.js';
import { Plan, type ImportOptions } from './plan.js';
import { lockStored, type Planned } from './stored.js';
import { DEPLOYMENTS, MODELS, PRICES } from './tables.js';

const ATTEMPTS = 5;
const PAUSE_MS = 50;
/** With more, forgetting everything is cheaper than remembering each. */
const MAX_TAGS = 200;

/** Writes the rows of a batch in one transaction, by as many statements for few rows as for many. */
@Injectable()
export class BatchWriter {
  constructor(
    private readonly prisma: PrismaService,
    private readonly cache: ModelCacheService,
  ) {}

  /**
   * Writes the rows that may be written; a dry run only says which those are.
   * @throws ConflictException when others keep writing the same rows
   */
  async write(
    rows: readonly CheckedRow[],
    options: ImportOptions,
    planned: Planned,
  ): Promise<Plan> {
    for (let attempt = 1; ; attempt++) {
      try {
        const plan = await this.attempt(rows, options, planned);
        if (!options.dryRun) this.forget(plan.tags);
        return plan;
      } catch (error) {
        if (!isWriteConflict(error)) throw error;
        if (attempt === ATTEMPTS) {
          throw new ConflictException(
            'Somebody else keeps writing the same rows; rows before them are imported.',
          );
        }
        await sleep(PAUSE_MS * attempt * Math.random());
      }
    }
  }

  private attempt(
    rows: readonly CheckedRow[],
    options: ImportOptions,
    planned: Planned,
  ): Promise<Plan> {
    const inputs = rows.flatMap((row) => ('input' in row ? [row.input] : []));
    return this.prisma.$transaction(async (tx) => {
      const plan = new Plan(rows, await lockStored(tx, inputs, planned), options);
      if (options.dryRun) settleAudit();
      else await writePlan(tx, plan);
      return plan;
    });
  }

  private forget(tags: ReadonlySet<string>): void {
    if (tags.size === 0) return;
    this.cache.invalidate(tags.size > MAX_TAGS ? [EVERYTHING] : [...tags]);
  }
}

async function writePlan(tx: Prisma.TransactionClient, plan: Plan): Promise<void> {
  // In the same order whoever writes: two imports of the same new rows must not wait for each other.
  await insertRows(tx, MODELS, sorted(plan.newModels, 'name'));
  await updateRows(tx, MODELS, plan.changedModels);
  await insertRows(tx, DEPLOYMENTS, sorted(plan.newDeployments, 'providerId', 'deploymentId'));
  await updateRows(tx, DEPLOYMENTS, plan.changedDeployments);
  await insertRows(tx, PRICES, plan.prices);
  await recordDeed(tx, 'models imported', {
    action: 'import',
    models: { created: plan.newModels.length, updated: plan.changedModels.length },
    deployments: { created: plan.newDeployments.length, updated: plan.changedDeployments.length },
    prices: plan.prices.length,
  });
}

function sorted(rows: readonly Row[], ...by: string[]): Row[] {
  const key = (row: Row) => by.map((name) => String(row[name])).join(' ');
  return rows.toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
}
