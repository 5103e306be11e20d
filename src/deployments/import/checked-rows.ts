import { setImmediate as letOthersRun } from 'node:timers/promises';

import { isObject } from '../../shared/json.js';
import { InvalidInput, type FieldProblem } from '../../shared/http/problem.js';
import { validateInput } from '../../shared/http/validation.pipe.js';
import { ImportRow } from './import-row.dto.js';
import type { SentRow } from './row-reader.js';

/** So many rows are checked at a stretch: a couple of milliseconds. */
const TURN = 10;

/** A row that says what a row may say, and nothing another row of the import said before. */
export interface ValidRow {
  readonly index: number;
  readonly input: ImportRow;
}

/** A row of which nothing is written. */
export interface BadRow {
  readonly index: number;
  readonly name: string | null;
  readonly errors: readonly FieldProblem[];
}

export type CheckedRow = ValidRow | BadRow;

/** Checks the rows of one import by themselves and against each other. */
export class RowChecker {
  private readonly names = new Map<string, number>();
  private readonly deployments = new Map<string, number>();

  async check(rows: readonly SentRow[]): Promise<CheckedRow[]> {
    const checked: CheckedRow[] = [];
    for (const row of rows) {
      checked.push(await this.checkOne(row));
      if (checked.length % TURN === 0) await letOthersRun();
    }
    return checked;
  }

  private async checkOne({ index, value, fault }: SentRow): Promise<CheckedRow> {
    const name = nameOf(value);
    try {
      if (fault !== null) throw InvalidInput.field('', fault);
      const input = await validateInput(ImportRow, value);
      const repeated = this.repetitions(input, index);
      return repeated.length > 0 ? { index, name, errors: repeated } : { index, input };
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      return { index, name, errors: error.errors };
    }
  }

  /** What an earlier row says already; when there is nothing, the row is remembered. */
  private repetitions(input: ImportRow, index: number): FieldProblem[] {
    const earlier = this.names.get(input.name);
    const problems = earlier === undefined ? [] : [repeats('/name', earlier)];
    const keys = new Map<string, number>();
    for (const [place, { provider, deploymentId }] of input.deployments.entries()) {
      const key = keyOf(provider, deploymentId);
      const before = this.deployments.get(key) ?? (keys.has(key) ? index : undefined);
      if (before !== undefined) {
        problems.push(repeats(`/deployments/${place}/deploymentId`, before));
      }
      keys.set(key, index);
    }
    if (problems.length > 0) return problems;
    this.names.set(input.name, index);
    for (const key of keys.keys()) this.deployments.set(key, index);
    return [];
  }
}

/** Says which deployment is meant. */
export function keyOf(provider: string, deploymentId: string): string {
  return `${provider} ${deploymentId}`; // which has no spaces itself
}

function repeats(pointer: string, index: number): FieldProblem {
  return { pointer, message: `must not repeat what the row of index ${index} says` };
}

/** What a rejected row is called in the answer. */
function nameOf(value: unknown): string | null {
  if (!isObject(value) || typeof value.name !== 'string') return null;
  const name = value.name.trim();
  return name !== '' && name.length <= 200 ? name : null;
}
