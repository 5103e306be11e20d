import { NotFoundException } from '@nestjs/common';

import { Prisma } from '../../generated/prisma/client.js';
import { checkIfMatch } from '../http/if-match.js';
import { JsonText } from '../http/json-text.js';
import { decodeCursor, encodeCursor, type Page, type PageQuery } from '../http/paging.js';
import { Turns } from '../turns.js';
import { recordChange } from '../logging/audit.js';
import { atAllowedProviders } from './allowed-providers.js';
import type { PrismaService } from './prisma.service.js';

/** What a list can be sorted by: never null, with an index on (column, id). */
export interface SortKey {
  readonly column: Prisma.Sql;
  readonly type: 'text' | 'timestamp' | 'number';
}

/** A table whose rows are answered as JSON, built by the database. */
export interface Listing {
  readonly from: Prisma.Sql;
  readonly id: Prisma.Sql;
  /** The answer for one row: an expression of type json. */
  readonly json: Prisma.Sql;
  /** The id of the provider a row belongs to: who is confined finds those of theirs only. */
  readonly provider?: Prisma.Sql;
  readonly sorts: Readonly<Record<string, SortKey>>;
}

/** A listing whose rows clients write: each change goes on record, under the name of its kind. */
export interface Catalogued extends Listing {
  readonly entity: string;
}

const TYPES = {
  text: { sql: Prisma.raw('text'), isKey: () => true },
  timestamp: { sql: Prisma.raw('timestamp(3)'), isKey: isTimestamp },
  number: { sql: Prisma.raw('float8'), isKey: isNumber },
};

const TIMESTAMP = /^(?!0000)\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,3})?$/;

function isTimestamp(key: string): boolean {
  const iso = key.replace(' ', 'T');
  const date = new Date(`${iso}Z`);
  if (!TIMESTAMP.test(key) || Number.isNaN(date.getTime())) return false;
  // Of 30 February `Date` makes 1 March; PostgreSQL refuses it.
  return date.toISOString().startsWith(iso);
}

const NUMBER = /^-?\d+(\.\d+)?(e[+-]\d+)?$/;

function isNumber(key: string): boolean {
  const value = Number(key);
  // What is too small for `Number` becomes 0; PostgreSQL refuses it.
  return NUMBER.test(key) && Number.isFinite(value) && (value !== 0 || /^-?0$/.test(key));
}

/** One page of a listing as JSON: `{ data, page }`. @throws InvalidInput for a foreign cursor */
export async function selectPage(
  prisma: PrismaService,
  listing: Listing,
  query: PageQuery & { sort: string },
  conditions: readonly Prisma.Sql[],
): Promise<JsonText> {
  const { rows, page } = await selectRows(prisma, listing, query, conditions, listing.json);
  return pageText(rows, page);
}

/** A page as JSON, of rows that are JSON already. */
export function pageText(rows: readonly { readonly row: string }[], page: Page): JsonText {
  return new JsonText(
    `{"data":[${rows.map(({ row }) => row).join(',')}],"page":${JSON.stringify(page)}}`,
  );
}

/** The ids of one page's rows, in order. @throws InvalidInput for a foreign cursor */
export async function selectIds(
  prisma: PrismaService,
  listing: Omit<Listing, 'json'>,
  query: PageQuery & { sort: string },
  conditions: readonly Prisma.Sql[],
): Promise<{ ids: string[]; page: Page }> {
  const { rows, page } = await selectRows(prisma, listing, query, conditions, Prisma.sql`NULL`);
  return { ids: rows.map(({ id }) => id), page };
}

/** Rows in the order of their ids; an id whose row is gone is left out. */
export function inOrder<Row extends { readonly id: string }>(
  ids: readonly string[],
  rows: readonly Row[],
): Row[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

interface ListedRow {
  readonly row: string;
  readonly id: string;
  readonly key: string;
}

async function selectRows(
  prisma: PrismaService,
  listing: Omit<Listing, 'json'>,
  { limit, cursor, sort }: PageQuery & { sort: string },
  conditions: readonly Prisma.Sql[],
  row: Prisma.Sql,
): Promise<{ rows: ListedRow[]; page: Page }> {
  const descending = sort.startsWith('-');
  const by = listing.sorts[descending ? sort.slice(1) : sort];
  if (!by) throw new Error(`The list cannot be sorted by ${sort}.`);
  const { sql: type, isKey } = TYPES[by.type];
  const direction = Prisma.raw(descending ? 'DESC' : 'ASC');
  const where = [...conditions, ...allowed(listing)];
  if (cursor !== undefined) {
    const after = decodeCursor(cursor, sort, isKey);
    const beyond = Prisma.raw(descending ? '<' : '>');
    where.push(
      Prisma.sql`(${by.column}, ${listing.id}) ${beyond} (${after.key}::text::${type}, ${after.id})`,
    );
  }
  // The limit is written out: the plan kept for a prepared statement would not reckon with it.
  const rows = await prisma.select<ListedRow>(Prisma.sql`
    SELECT (${row})::text AS row, ${listing.id} AS id, ${by.column}::text AS key
      FROM ${listing.from} ${whereAll(where)}
     ORDER BY ${by.column} ${direction}, ${listing.id} ${direction}
     LIMIT ${Prisma.raw(String(limit + 1))}`);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = rows.length > limit && last ? encodeCursor(sort, last) : null;
  return { rows: shown, page: { limit, nextCursor } };
}

/** One row of a listing as JSON; null when there is none with this id. */
export async function selectOne(
  prisma: PrismaService,
  listing: Listing,
  id: string,
): Promise<JsonText | null> {
  const [found] = await prisma.select<{ row: string }>(rowById(listing, id));
  return found ? new JsonText(found.row, id) : null;
}

/** Adds one row and answers it. */
export async function createRow(
  prisma: PrismaService,
  listing: Catalogued,
  create: (tx: Prisma.TransactionClient) => Promise<{ readonly id: string }>,
): Promise<JsonText & { readonly id: string }> {
  return prisma.$transaction(async (tx) => {
    const { id } = await create(tx);
    const written = await selectWritten(tx, listing, id);
    if (!written) throw new Error(`A ${listing.entity} was not there after its creation.`);
    const { entity } = listing;
    await recordChange(tx, { entity, entityId: id, before: null, after: written.object() });
    return Object.assign(written, { id });
  });
}

/**
 * Changes one row and answers it as it is then. The row is locked meanwhile, and must be as the
 * client saw it.
 * @param missing what to say when there is no such row
 * @throws NotFoundException, PreconditionFailedException
 */
export function changeRow(
  prisma: PrismaService,
  listing: Catalogued,
  { id, ifMatch, missing }: { id: string; ifMatch: string | undefined; missing: string },
  change: (tx: Prisma.TransactionClient, current: JsonText) => Promise<void>,
): Promise<JsonText> {
  return turns.take(id, async () => {
    // Who is late is told so without waiting for the row.
    const seen = ifMatch === undefined ? null : await selectOne(prisma, listing, id);
    if (seen) checkIfMatch(ifMatch, seen);
    return prisma.$transaction(async (tx) => {
      // Not FOR UPDATE: rows that refer to this one may be written meanwhile.
      await tx.$queryRaw(Prisma.sql`SELECT ${fromById(listing, id)} FOR NO KEY UPDATE`);
      // Not in that statement: after it has waited, it shows other tables as they were before.
      const current = await selectWritten(tx, listing, id);
      if (!current) throw new NotFoundException(missing);
      checkIfMatch(ifMatch, current);
      await change(tx, current);
      const written = await selectWritten(tx, listing, id);
      const [before, after] = [current.object(), written?.object() ?? null];
      await recordChange(tx, { entity: listing.entity, entityId: id, before, after });
      return written ?? current;
    });
  });
}

/** Writers of one row wait for each other here, not each on a database connection. */
const turns = new Turns();

/** A row as this transaction wrote it; null when it removed it. */
async function selectWritten(
  tx: Prisma.TransactionClient,
  listing: Listing,
  id: string,
): Promise<JsonText | null> {
  const [found] = await tx.$queryRaw<{ row: string }[]>(rowById(listing, id));
  return found ? new JsonText(found.row, id) : null;
}

function rowById(listing: Listing, id: string): Prisma.Sql {
  return Prisma.sql`SELECT (${listing.json})::text AS row ${fromById(listing, id)}`;
}

function fromById(listing: Listing, value: string): Prisma.Sql {
  const { from, id } = listing;
  return Prisma.sql`FROM ${from} ${whereAll([Prisma.sql`${id} = ${value}`, ...allowed(listing)])}`;
}

function allowed({ provider }: Pick<Listing, 'provider'>): Prisma.Sql[] {
  return provider ? atAllowedProviders(provider) : [];
}

export function whereAll(conditions: readonly Prisma.Sql[]): Prisma.Sql {
  return conditions.length > 0
    ? Prisma.sql`WHERE ${Prisma.join([...conditions], ' AND ')}`
    : Prisma.empty;
}

/** A timestamp column as ISO 8601 in UTC. @param column with its alias, as in `m."createdAt"` */
export function isoTime(column: string): Prisma.Sql {
  return Prisma.raw(`to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`);
}

/**
 * An expression that builds a JSON object of columns.
 * @param fields the columns of table alias `alias`; those in `times` are timestamps
 */
export function jsonObject(
  alias: string,
  fields: readonly string[],
  times: readonly string[],
  computed: Readonly<Record<string, Prisma.Sql>> = {},
): Prisma.Sql {
  const pairs = fields.map((name) => {
    const column = `${alias}."${name}"`;
    return Prisma.sql`${Prisma.raw(`'${name}'`)}, ${times.includes(name) ? isoTime(column) : Prisma.raw(column)}`;
  });
  for (const [name, value] of Object.entries(computed)) {
    pairs.push(Prisma.sql`${Prisma.raw(`'${name}'`)}, ${value}`);
  }
  return Prisma.sql`json_build_object(${Prisma.join(pairs)})`;
}
