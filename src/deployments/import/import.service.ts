import { Injectable } from '@nestjs/common';

import { JsonText } from '../../shared/http/json-text.js';
import { InvalidInput } from '../../shared/http/problem.js';
import { BatchWriter } from './batch-writer.js';
import { RowChecker, type CheckedRow } from './checked-rows.js';
import type { ImportCounts, ImportedRow, ImportResult } from './import.dto.js';
import type { ImportOptions } from './plan.js';
import type { SentRow } from './row-reader.js';
import type { Planned } from './stored.js';
import { successorsFirst } from './successors-first.js';

const MAX_ROWS = 500;
const MAX_BYTES = 1024 * 1024;

/** Adds and changes models with their deployments, many at once. */
@Injectable()
export class ImportService {
  constructor(private readonly writer: BatchWriter) {}

  /**
   * Imports rows as they come, a batch at a time: what was written stays when a later batch fails.
   * @returns an `ImportReport`
   * @throws InvalidInput when there are none; ConflictException; whatever reading them throws
   */
  async import(rows: AsyncIterable<SentRow>, options: ImportOptions): Promise<JsonText> {
    const checker = new RowChecker();
    const planned: Planned = { ids: new Map(), successors: new Map() };
    const counts: ImportCounts = { created: 0, unchanged: 0, changed: 0, rejected: 0 };
    const results: string[] = []; // as text they take a fraction of the memory
    const write = async (batch: readonly CheckedRow[]) => {
      const plan = await this.writer.write(batch, options, planned);
      for (const row of plan.results) {
        counts[resultOf(row)]++;
        results[row.index] = JSON.stringify(row);
      }
      if (!options.dryRun) return;
      for (const [name, id] of plan.ids) planned.ids.set(name, id);
      for (const [id, successor] of plan.successors) planned.successors.set(id, successor);
    };
    let written = Promise.resolve();
    try {
      for await (const batch of batchesOf(successorsFirst(rows))) {
        // Checked while the database is busy with the batch before.
        const checked = await checker.check(batch);
        await written;
        written = write(checked);
        written.catch(() => undefined); // it is awaited later, perhaps after it has failed
      }
    } finally {
      await written;
    }
    if (results.length === 0) throw InvalidInput.field('', 'must hold at least one row');
    return new JsonText(`{"counts":${JSON.stringify(counts)},"rows":[${results.join(',')}]}`);
  }
}

/** What is written in one transaction: so many rows, or so many bytes of them. */
export async function* batchesOf(rows: AsyncIterable<SentRow>): AsyncGenerator<SentRow[]> {
  let batch: SentRow[] = [];
  let bytes = 0;
  for await (const row of rows) {
    batch.push(row);
    bytes += row.bytes;
    if (batch.length < MAX_ROWS && bytes < MAX_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

/** A row whose model stays as it is changes something when one of its deployments does not. */
function resultOf({ model, deployments }: ImportedRow): ImportResult {
  if (model !== 'unchanged') return model;
  return deployments.every(({ result }) => result === 'unchanged') ? 'unchanged' : 'changed';
}
