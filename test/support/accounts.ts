import { hash, randomBytes, randomUUID } from 'node:crypto';

import type { TestService } from './service.js';

/** A user with an API key of their own. */
export interface Account {
  readonly userId: string;
  readonly key: string;
}

/** Adds a user, by SQL, with a key of this role. */
export async function addAccount(
  { database }: TestService,
  name: string,
  role: 'VIEWER' | 'OPERATOR' | 'ADMIN' = 'OPERATOR',
): Promise<Account> {
  const userId = randomUUID();
  const key = `mc_${randomBytes(32).toString('base64url')}`;
  await database.query(
    `INSERT INTO users (id, email, password, role, "updatedAt")
     VALUES ($1, $2, '', $3::"Role", now())`,
    [userId, `${name}@example.com`, role],
  );
  await database.query(
    `INSERT INTO api_keys (id, name, prefix, hash, role, "userId")
     VALUES ($1, $2, 'mc_', $3, $4::"Role", $5)`,
    [randomUUID(), `key of ${name}`, hash('sha256', key), role, userId],
  );
  return { userId, key };
}

/** All rows of all tables, as text. */
export async function dumpOf({ database }: TestService): Promise<string> {
  const { rows: tables } = await database.query<{ name: string }>(
    `SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables
      WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const { rows } = await database.query<{ text: string }>(
      `SELECT t::text AS text FROM ${name} t`,
    );
    texts.push(name, ...rows.map((row) => row.text));
  }
  return texts.join('\n');
}
