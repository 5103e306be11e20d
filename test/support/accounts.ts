import type { TestService } from './service.js';
import { PASSWORD } from './written-log.js';

export { PASSWORD } from './written-log.js';

/** A user with an API key of their own. */
export interface Account {
  readonly userId: string;
  readonly email: string;
  readonly key: string;
}

/** Adds a user, and for them a key, of this role. */
export async function addAccount(
  service: Pick<TestService, 'call'>,
  name: string,
  role: 'viewer' | 'operator' | 'admin' = 'operator',
): Promise<Account> {
  const email = `${name}@example.com`;
  const user = { email, password: PASSWORD, role };
  const userId = await created(service, '/api/v2/users', user, 'id');
  const apiKey = { name: `key of ${name}`, role, userId };
  return { userId, email, key: await created(service, '/api/v2/api-keys', apiKey, 'key') };
}

/** Begins a session of a user whose password is {@link PASSWORD}; its access token. */
export async function accessTokenOf(
  service: Pick<TestService, 'call'>,
  email: string,
): Promise<string> {
  const login = { email, password: PASSWORD };
  const answer = await service.call('POST', '/api/v2/auth/login', login, '');
  if (answer.status !== 200) throw new Error(`The login of ${email}: ${answer.text}`);
  return String(answer.body.accessToken);
}

async function created(
  service: Pick<TestService, 'call'>,
  path: string,
  body: object,
  field: string,
): Promise<string> {
  const answer = await service.call('POST', path, body);
  if (answer.status !== 201) throw new Error(`${path}: ${answer.text}`);
  return String(answer.body[field]);
}

/** All rows of all tables, as text. */
export async function dumpOf({ database }: Pick<TestService, 'database'>): Promise<string> {
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
