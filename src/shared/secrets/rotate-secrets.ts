import type pg from 'pg';

import { SECRET_COLUMNS, type SecretColumn } from './secret-columns.js';
import { SecretUnreadable, type SecretBox } from './secret-box.js';

const SLICE = 500;

/** What a rotation found. */
export interface Rotation {
  /** Secrets sealed anew, with the key in force. */
  resealed: number;
  /** Those that the key in force had sealed already. */
  current: number;
  /** Those that changed meanwhile: the next rotation sees to them. */
  changed: number;
  /** What cannot be opened, each in a sentence. */
  readonly unreadable: string[];
}

type Database = Pick<pg.ClientBase, 'query'>;

/**
 * Seals every stored secret with the first encryption key, a slice at a time, while the service
 * runs. Cut off, it goes on where it was: what the first key sealed is left as it is.
 */
export async function rotateSecrets(database: Database, box: SecretBox): Promise<Rotation> {
  const rotation: Rotation = { resealed: 0, current: 0, changed: 0, unreadable: [] };
  for (const where of SECRET_COLUMNS) {
    let after = '';
    for (;;) {
      const rows = await slice(database, where, after);
      await reseal(database, where, rows, box, rotation);
      const last = rows.at(-1);
      if (!last || rows.length < SLICE) break;
      after = last.id;
    }
  }
  return rotation;
}

interface SecretRow {
  readonly id: string;
  readonly sealed: string;
}

async function slice(
  database: Database,
  { table, column }: SecretColumn,
  after: string,
): Promise<SecretRow[]> {
  const { rows } = await database.query<SecretRow>(
    `SELECT id, "${column}" AS sealed FROM ${table}
      WHERE id > $1 AND "${column}" IS NOT NULL ORDER BY id LIMIT ${SLICE}`,
    [after],
  );
  return rows;
}

async function reseal(
  database: Database,
  { table, column }: SecretColumn,
  rows: readonly SecretRow[],
  box: SecretBox,
  rotation: Rotation,
): Promise<void> {
  const anew = rows.flatMap(({ id, sealed }) => {
    const place = { table, row: id, column };
    if (sealed.startsWith(box.mark)) {
      rotation.current++;
      return [];
    }
    try {
      return [{ id, sealed, resealed: box.seal(box.open(sealed, place), place) }];
    } catch (error) {
      if (!(error instanceof SecretUnreadable)) throw error;
      rotation.unreadable.push(error.message);
      return [];
    }
  });
  const { rowCount } = await database.query(
    `UPDATE ${table} SET "${column}" = anew.resealed
       FROM unnest($1::text[], $2::text[], $3::text[]) AS anew(id, sealed, resealed)
      WHERE ${table}.id = anew.id AND "${column}" = anew.sealed`,
    [anew.map(({ id }) => id), anew.map(({ sealed }) => sealed), anew.map((row) => row.resealed)],
  );
  rotation.resealed += rowCount ?? 0;
  rotation.changed += anew.length - (rowCount ?? 0);
}
