import { Prisma } from '../../generated/prisma/client.js';
import { InvalidInput } from '../../shared/http/problem.js';

/**
 * What a reader of the database has seen: PostgreSQL's text of a snapshot. No clock is as exact: a
 * row is seen when it is committed, whatever time it bears, and by whichever process it was written.
 */
export type Snapshot = string;

/** The one in which nothing has happened. */
export const NOTHING_SEEN: Snapshot = '1:1:';

/** The snapshot of the statement it stands in, as text. */
export const SEEN_NOW = Prisma.sql`pg_current_snapshot()::text`;

/** First transaction that may be unseen, first not begun, and those under way between. */
const SNAPSHOT = /^(\d{1,18}):(\d{1,18}):((?:\d{1,18}(?:,\d{1,18})*)?)$/;

/** Whether the row of table alias `alias` was written after the snapshot. */
export function writtenAfter(alias: string, seen: Snapshot): Prisma.Sql {
  const row = Prisma.raw(`${alias}.xmin::text::int8`);
  // A row bears the last 32 bits of its transaction, which is older than the next one.
  const next = Prisma.raw('pg_snapshot_xmax(pg_current_snapshot())::text::int8');
  const age = Prisma.sql`((${next} - ${row}) & 4294967295)`;
  const transaction = Prisma.sql`(greatest(${next} - ${age}, 1))::text::xid8`;
  return Prisma.sql`NOT pg_visible_in_snapshot(${transaction}, ${seen}::pg_snapshot)`;
}

/** @throws InvalidInput when the text is no snapshot as PostgreSQL writes one */
export function snapshotIn(header: string): Snapshot {
  const [, first, end, open] = SNAPSHOT.exec(header) ?? [];
  if (first !== undefined && end !== undefined) {
    const under = open ? open.split(',').map(BigInt) : [];
    const last = BigInt(end) - (under.length > 0 ? 1n : 0n);
    const numbers = [1n, BigInt(first), ...under, last];
    if (numbers.every((number, place) => number >= (numbers[place - 1] ?? 0n))) return header;
  }
  throw InvalidInput.field('/Last-Event-ID', 'must be the id of an event of this stream');
}
