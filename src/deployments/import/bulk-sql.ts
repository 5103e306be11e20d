import { Prisma } from '../../generated/prisma/client.js';

/** A row by its id and its columns, which are what JSON can say. */
export type Row = { readonly id: string } & Readonly<Record<string, unknown>>;

/** A table, and the columns that are written. */
export interface Table {
  readonly name: string;
  /** The type of each column. */
  readonly columns: Readonly<Record<string, string>>;
  /** Whether it has a column `updatedAt`. */
  readonly dated: boolean;
}

/** Adds rows, however many, by one statement. */
export async function insertRows(
  tx: Prisma.TransactionClient,
  table: Table,
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return;
  const columns = ['id', ...Object.keys(table.columns)].map(quote).join(', ');
  const [into, from] = table.dated ? [', "updatedAt"', ', now()'] : ['', ''];
  await tx.$executeRaw`
    INSERT INTO ${Prisma.raw(table.name)} (${Prisma.raw(columns + into)})
    SELECT ${Prisma.raw(columns + from)} FROM ${recordset(table, rows)}`;
}

/** Changes the rows with these ids, however many, by one statement. */
export async function updateRows(
  tx: Prisma.TransactionClient,
  table: Table,
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return;
  const changes = Object.keys(table.columns).map((name) => `${quote(name)} = r.${quote(name)}`);
  if (table.dated) changes.push('"updatedAt" = now()');
  await tx.$executeRaw`
    UPDATE ${Prisma.raw(table.name)} t SET ${Prisma.raw(changes.join(', '))}
      FROM ${recordset(table, rows)} WHERE t.id = r.id`;
}

/** The rows as one parameter: their number changes nothing in the statement. */
function recordset({ columns }: Table, rows: readonly Row[]): Prisma.Sql {
  const types = Object.entries(columns).map(([name, type]) => `${quote(name)} ${type}`);
  const record = Prisma.raw(`r(id text, ${types.join(', ')})`);
  return Prisma.sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS ${record}`;
}

function quote(name: string): string {
  return `"${name}"`;
}
