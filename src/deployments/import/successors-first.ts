import { UUID_PATTERN } from '../../shared/http/fields.js';
import { isObject } from '../../shared/json.js';
import type { SentRow } from './row-reader.js';

/**
 * Rows as they come, but those last that name their successor: each after the row of that name.
 * Where names lead in a circle, one of its rows comes too early, and its successor is not there.
 */
export async function* successorsFirst(rows: AsyncIterable<SentRow>): AsyncGenerator<SentRow> {
  const later: SentRow[] = [];
  for await (const row of rows) {
    if (nameIn(row, 'replacedBy') === null) yield row;
    else later.push(row);
  }
  const byName = new Map(later.map((row) => [nameIn(row, 'name'), row]));
  const placed = new Set<SentRow>();
  for (const row of later) {
    const chain: SentRow[] = [];
    for (
      let next: SentRow | undefined = row;
      next && !placed.has(next);
      next = byName.get(nameIn(next, 'replacedBy'))
    ) {
      placed.add(next);
      chain.push(next);
    }
    yield* chain.reverse();
  }
}

/** Null: the field is no text, or an id. */
function nameIn({ value }: SentRow, field: 'name' | 'replacedBy'): string | null {
  const text = isObject(value) ? value[field] : null;
  if (typeof text !== 'string') return null;
  return isId(text.trim()) ? null : text.trim();
}

/** Whether a successor is said by its id. */
export function isId(successor: string): boolean {
  return UUID_PATTERN.test(successor);
}
